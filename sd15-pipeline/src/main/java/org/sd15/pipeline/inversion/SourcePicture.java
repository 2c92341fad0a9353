package org.sd15.pipeline.inversion;

/** A picture that is given, and how it is to come back beside the edited ones. */
public sealed interface SourcePicture permits GivenPicture, InvertedPicture {

    /** What keeps the source on its way. */
    Replay replay();

    /** Share of the steps, next to the noise, that are left out. */
    double skip();
}
