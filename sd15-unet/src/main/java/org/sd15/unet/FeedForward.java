package org.sd15.unet;

import org.sd15.attention.graph.Linear;
import org.sd15.attention.graph.Scope;
import org.sd15.attention.graph.Tokens;

/** The feed-forward of a transformer block: {@code net.0.proj} to eight times the width, GEGLU, {@code net.2} back. */
public final class FeedForward {

    private static final int EXPANSION = 4;

    private FeedForward() {}

    /** Builds the block: {@code [batch, tokens, c]} to the same. */
    public static Tokens apply(Scope scope, Tokens x) {
        Scope net = scope.at("net");
        Tokens both = Linear.apply(net.at(0).at("proj"), x, 2 * EXPANSION * x.channels());
        return Linear.apply(net.at(2), scope.formulation().geGlu(both), x.channels());
    }
}
