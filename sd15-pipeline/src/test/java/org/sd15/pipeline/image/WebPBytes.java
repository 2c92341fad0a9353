package org.sd15.pipeline.image;

/** Small WebP files in base64. */
final class WebPBytes {

    /** Pillow 13: 16 x 8 pixels, white, red, green and blue in the quarters, {@code lossless=True}. */
    static final String LOSSLESS =
            "UklGRjYAAABXRUJQVlA4TCkAAAAvD8ABAB8gEEjeHzqN+RcQFPwf3fxHZA+AMNtokpOc5P2OIaL/sdVX+AA=";

    /** The same with Exif: orientation 6, and a comment. */
    static final String TURNED =
            "UklGRsoAAABXRUJQVlA4WAoAAAAIAAAADwAABwAAVlA4TCkAAAAvD8ABAB8gEEjeHzqN+RcQFPwf3fxHZA+AMNtokpOc5P2OIaL/sdVX"
                    + "+ABFWElGegAAAE1NACoAAAAIAAIBEgADAAAAAQAGAACHaQAEAAAAAQAAACYAAAAAAAGShgABAAAAQQAAADgAAAAAQVNDSUkAAABhIGNh"
                    + "dApTdGVwczogMjAsIFNhbXBsZXI6IEV1bGVyIGEsIENGRyBzY2FsZTogNywgU2VlZDogNDIA";

    /** The same with a second picture after 100 ms. */
    static final String MOVING =
            "UklGRrgAAABXRUJQVlA4WAoAAAACAAAADwAABwAAQU5JTQYAAAAAAAAAAABBTk1GQgAAAAAAAAAAAA8AAAcAAGQAAAJWUDhMKgAAAC8P"
                    + "wAEAHyAQSN4fOo35FxAU/B/d/EdkD4Aw22iSk5zk/Y4hov+x1Ve4AEFOTUZCAAAAAAAAAAAADwAABwAAZAAAAFZQOEwqAAAALw/AAQAf"
                    + "IBBI3h86jfkXEBT8H938R2QPgDDbaJKTPMn9jiGi/wH6t7oB";

    /** The same, more and more opaque downwards: {@code putalpha(Image.linear_gradient("L").resize((16, 8)))}. */
    static final String TRANSPARENT =
            "UklGRmwAAABXRUJQVlA4TGAAAAAvD8ABEH8gEEjaH3oNAUGR/6MJCIr8H80g28ipIrzB7cNuwxL8hhLdgjK0YJmBQWTbIlRQQQUVVFBBBRVUUE"
                    + "EFFVRQQQU19kT0P8ZqwIS5WrFUW7XjxFFd1Y23evDhrwA=";

    /** The same with {@code quality=90}: transparency has a chunk of its own. */
    static final String LOSSY_TRANSPARENT =
            "UklGRqYAAABXRUJQVlA4WAoAAAAQAAAADwAABwAAQUxQSCcAAAABP0CQbRtSuMH6iIh1CKYhWUkhhRRSSCGFFPL/WIeI/meQFM2wHA8AVlA4IF"
                    + "gAAADwAwCdASoQAAgAAMASJagCdLoB+AH6gTAD+AfgBd/92AfwAF8YZ3kAAP7//iba//4wv1bb+ICx/91AdoyQP2ZWRi6M7z/1o5/+K8u26gA9"
                    + "RYEFJjbGgAAA";

    /** 64 x 64 pixels: red grows to the right and green downwards by 4 a pixel, blue is 128; {@code quality=90}. */
    static final String LOSSY =
            "UklGRj4BAABXRUJQVlA4IDIBAAAwCQCdASpAAEAAPjEYikMiIaEUCgUAIAMEshnIQrK9Lu1+gfkl0T3JJhO36UHv/8E4HYk4eDw6h9yg"
                    + "oSPyK3qW+h4juRxu9nz7f//tHj/5+H6gAP7/ff+/Dx6tywq3/3jE9s3G2pVD2i1+8tLC5X9XcnzLC7iCJzGW+QUoPkEiMGxajODO1GAH"
                    + "6dbA7RV0zRXxVq+n4aP7kt//OAoUUjt9KSa4KKaA62D7h2griyV939pJVBarJ3ZJzXeCCucnuV2SPwgSdaTqVTAhT8aLJo63EJw00ShI"
                    + "xK47QHiPWqDaJSB4GkzTlhZPRh67+4sr2B2yUfUKqegWzBnLs3mwJyF2SrQvz3g//5K6z//B8HOWMzYR8p5ezx2wz1Vs+KekEO2uex68"
                    + "BIz9raGv3X7W2iewAAA=";

    private WebPBytes() {}
}
