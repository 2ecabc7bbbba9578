"""What models were trained on, by the date of their release."""
