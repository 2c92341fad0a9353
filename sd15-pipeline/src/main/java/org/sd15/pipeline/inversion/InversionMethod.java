package org.sd15.pipeline.inversion;

/** The known ways to turn a picture into noise and back. */
public enum InversionMethod {
    /** DDIM backwards; the source is drawn from the noise again, with an error. */
    DDIM(new DdimInverter(), Replay.FREE),
    /** DDIM backwards; the source is reset to that trajectory, without an error. */
    DIRECT(new DdimInverter(), Replay.HELD),
    /** DDIM backwards; the source's prompt is the unconditional text, so that guidance can't move the source. */
    NEGATIVE_PROMPT(new DdimInverter(), Replay.NEGATIVE_PROMPT),
    /** DDIM backwards; the unconditional text is fitted in each step until guidance can't move the source. */
    NULL_TEXT(new NullTextInverter(), Replay.FREE),
    /** The noise maps of DDPM; no error. */
    EDIT_FRIENDLY(NoiseMapInverter.editFriendly(), Replay.FREE);

    private final Inverter inverter;
    private final Replay replay;

    InversionMethod(Inverter inverter, Replay replay) {
        this.inverter = inverter;
        this.replay = replay;
    }

    /** Turns the picture into noise. */
    public Inverter inverter() {
        return inverter;
    }

    /** Keeps the source on that way. */
    public Replay replay() {
        return replay;
    }
}
