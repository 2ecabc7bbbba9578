"""From training runs through loss to accuracy, with the uncertainty of the whole way."""
