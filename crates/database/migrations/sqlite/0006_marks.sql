-- An entry's mark is from now on the first 8 bytes of its hash XOR its number, so that swapped rows are named too.
UPDATE log SET mark = (mark | seq) - (mark & seq);
