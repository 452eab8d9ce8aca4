#include <zlib.h>

/* inflateInit2 is a macro, which Swift does not see. */
static inline int czlib_inflate_init(z_stream *stream) {
    /* 15 bits of window; 16: a gzip header is expected (zlib.h). */
    return inflateInit2(stream, 15 + 16);
}
