package org.sd15.cli;

import org.sd15.pipeline.training.run.SoftwareVersions;

/** Which program this is, and what it computes with. */
final class Versions {

    /** This program. */
    static final String SD15 = SoftwareVersions.SD15;

    private Versions() {}

    /** This program and ND4J. */
    static String all() {
        return SoftwareVersions.all();
    }
}
