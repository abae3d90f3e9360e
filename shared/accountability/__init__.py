"""What a controller has to be able to show: records, assessments, lists and rules, made from what is in force."""
