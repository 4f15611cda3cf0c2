"""How the tables came to be, step by step; `store.migrating` runs what is missing."""
