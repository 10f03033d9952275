"""The server that programs on other machines ask over HTTP. It reads the database, and changes nothing."""
