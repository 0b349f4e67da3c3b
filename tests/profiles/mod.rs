mod key_rule;
mod rules;
mod who_may;
mod who_may_where;
