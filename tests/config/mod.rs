mod bindings;
mod callers;
