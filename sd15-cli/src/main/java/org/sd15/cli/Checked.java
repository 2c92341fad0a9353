package org.sd15.cli;

/** Options of which some are texts with a grammar of their own, which are looked at before a command begins. */
interface Checked {

    /**
     * Refuses what can't be meant.
     *
     * @throws IllegalArgumentException naming the option, what it is and what it must be
     */
    void check();
}
