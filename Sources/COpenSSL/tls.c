#include "library.h"

COpenSSLServer *copenssl_make_server(const uint8_t *certificate, size_t count, COpenSSLKey *key) {
  const COpenSSLTlsLibrary *tls = copenssl_tls_library();
  if (tls == NULL) return NULL;
  SSL_CTX *server = tls->SSL_CTX_new(tls->TLS_server_method());
  if (server != NULL && tls->SSL_CTX_ctrl(server, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL) == 1 &&
      tls->SSL_CTX_use_certificate_ASN1(server, (int)count, certificate) == 1 &&
      tls->SSL_CTX_use_PrivateKey(server, key) == 1) {
    // Who comes back shows a ticket; nothing about callers is kept here.
    tls->SSL_CTX_ctrl(server, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, NULL);
    // A second handshake is an old way to make a server work for nothing.
    tls->SSL_CTX_set_options(server, SSL_OP_NO_RENEGOTIATION);
    return server;
  }
  tls->SSL_CTX_free(server);
  return NULL;
}

// What exists was made by the library, so from here on it is open.

void copenssl_release_server(COpenSSLServer *server) {
  if (server != NULL) copenssl_tls_library()->SSL_CTX_free(server);
}

COpenSSLSession *copenssl_begin_session(COpenSSLServer *server) {
  const COpenSSLTlsLibrary *tls = copenssl_tls_library();
  const COpenSSLLibrary *crypto = copenssl_library();
  SSL *session = tls->SSL_new(server);
  BIO *received = crypto->BIO_new(crypto->BIO_s_mem());
  BIO *toSend = crypto->BIO_new(crypto->BIO_s_mem());
  if (session != NULL && received != NULL && toSend != NULL) {
    tls->SSL_set_bio(session, received, toSend);
    tls->SSL_set_accept_state(session);
    return session;
  }
  crypto->BIO_free(received);
  crypto->BIO_free(toSend);
  tls->SSL_free(session);
  return NULL;
}

void copenssl_release_session(COpenSSLSession *session) {
  if (session != NULL) copenssl_tls_library()->SSL_free(session);
}

int copenssl_is_established(COpenSSLSession *session) { return copenssl_tls_library()->SSL_is_init_finished(session); }

int copenssl_receive(COpenSSLSession *session, const void *bytes, size_t count) {
  size_t taken = 0;
  return count == 0 || (copenssl_library()->BIO_write_ex(copenssl_tls_library()->SSL_get_rbio(session), bytes, count,
                                                         &taken) == 1 &&
                        taken == count);
}

COpenSSLReading copenssl_read(COpenSSLSession *session, void *bytes, size_t capacity, size_t *count) {
  const COpenSSLTlsLibrary *tls = copenssl_tls_library();
  // What another session of this thread has left there would be taken for this one's failure.
  copenssl_library()->ERR_clear_error();
  *count = 0;
  int result = tls->SSL_read_ex(session, bytes, capacity, count);
  if (result == 1) return COPENSSL_PLAIN;
  switch (tls->SSL_get_error(session, result)) {
    case SSL_ERROR_WANT_READ: return COPENSSL_WAITS;
    case SSL_ERROR_ZERO_RETURN: return COPENSSL_ENDED;
    default: return COPENSSL_FAILED;
  }
}

int copenssl_write(COpenSSLSession *session, const void *bytes, size_t count) {
  copenssl_library()->ERR_clear_error();
  size_t written = 0;
  return copenssl_tls_library()->SSL_write_ex(session, bytes, count, &written) == 1 && written == count;
}

void copenssl_end(COpenSSLSession *session) {
  const COpenSSLTlsLibrary *tls = copenssl_tls_library();
  // Asked once more it would read on, and take plain bytes away.
  if (tls->SSL_get_shutdown(session) & SSL_SENT_SHUTDOWN) return;
  tls->SSL_shutdown(session);
  copenssl_library()->ERR_clear_error();
}

size_t copenssl_waiting(COpenSSLSession *session) {
  return copenssl_library()->BIO_ctrl_pending(copenssl_tls_library()->SSL_get_wbio(session));
}

size_t copenssl_take(COpenSSLSession *session, void *bytes, size_t capacity) {
  size_t count = 0;
  if (copenssl_library()->BIO_read_ex(copenssl_tls_library()->SSL_get_wbio(session), bytes, capacity, &count) != 1) return 0;
  return count;
}
