"""Answers that officers, those who count guests, and residents give through forms."""
