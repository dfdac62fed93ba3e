"""How the store's tables came to be, one step a release. A step is never changed once released: add another."""
