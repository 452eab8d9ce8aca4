#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

/* OSSL_PARAM keeps the pointer to its name, and a Swift string has none that lasts. */
static inline const char *copenssl_param_digest(void) {
    return OSSL_KDF_PARAM_DIGEST;
}
static inline const char *copenssl_param_key(void) {
    return OSSL_KDF_PARAM_KEY;
}
static inline const char *copenssl_param_info(void) {
    return OSSL_KDF_PARAM_INFO;
}
static inline const char *copenssl_param_salt(void) {
    return OSSL_KDF_PARAM_SALT;
}
