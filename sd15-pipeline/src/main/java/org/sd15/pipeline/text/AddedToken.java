package org.sd15.pipeline.text;

/**
 * A word that was added to a tokenizer beside its vocabulary.
 *
 * @param content the word
 * @param id its number
 * @param normalized whether it is looked for in the prompt's normal form, whatever its case, or as it is written
 * @param singleWord whether it is only found where no letter, digit or underscore is beside it
 */
record AddedToken(String content, int id, boolean normalized, boolean singleWord) {}
