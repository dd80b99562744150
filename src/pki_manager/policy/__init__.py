"""Policy decisions as pure functions over facts. Every rule cites its source; an empty rule allows nothing."""
