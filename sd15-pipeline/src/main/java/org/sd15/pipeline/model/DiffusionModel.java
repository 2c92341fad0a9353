package org.sd15.pipeline.model;

/** What a request runs on: a model that has all of its parts. */
public interface DiffusionModel {

    /** The parts as they are now; a word that is learnt later is not known to them. */
    Components components();
}
