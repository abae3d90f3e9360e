"""Videos in which bystanders are painted over: suggested and rendered step by step, decided on by a person."""
