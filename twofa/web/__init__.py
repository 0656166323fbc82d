"""The pages and the JSON API: one module for each page, one guard before all of them."""
