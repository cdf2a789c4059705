"""What watches over runs and what models write in them."""
