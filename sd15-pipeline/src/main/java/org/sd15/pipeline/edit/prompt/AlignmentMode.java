package org.sd15.pipeline.edit.prompt;

/** How the tokens of a target prompt are matched with those of the source prompt. */
public enum AlignmentMode {

    /** {@link #REPLACE} if both prompts have the same number of words, else {@link #REFINE}. */
    AUTO,

    /** Word by word: "a cat on grass" to "a dog on grass". The new word takes over the attention of the old one. */
    REPLACE,

    /** By what both have in common: "a cat" to "a white cat". What is new keeps its own attention. */
    REFINE,

    /** Token by token at the same positions, whatever they are: what reweighting alone does. */
    SAME_POSITION
}
