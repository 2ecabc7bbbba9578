"""Claims about models, from item scores: boards and paired comparison."""
