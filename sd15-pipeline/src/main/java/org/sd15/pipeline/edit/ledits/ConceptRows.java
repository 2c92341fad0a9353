package org.sd15.pipeline.edit.ledits;

import java.util.List;

/**
 * The rows of a LEDITS++ batch: without text for all pictures, then the source prompts if they guide, then one concept
 * after the other for all pictures.
 *
 * @param pictures how many
 * @param source whether there are rows of the source prompts
 * @param concepts what is edited
 */
record ConceptRows(int pictures, boolean source, List<Concept> concepts) {

    int rows() {
        return pictures * (1 + (source ? 1 : 0) + concepts.size());
    }

    int source(int picture) {
        return pictures + picture;
    }

    int concept(int concept, int picture) {
        return pictures * (1 + (source ? 1 : 0) + concept) + picture;
    }
}
