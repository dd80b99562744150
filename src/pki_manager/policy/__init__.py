"""Pure decisions over facts. Every rule cites its clause; empty never means yes."""
