"""Random checklists and answers, scored by Python and by TypeScript: equal to the last hundredth and the last word."""
