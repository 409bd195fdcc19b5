// @ts-nocheck
// One seed for the drawn tests, so that a mutant has the same fate twice; and the first failure is enough.
import fc from 'fast-check';

fc.configureGlobal({ seed: 20261130, endOnFailure: true });
