#include "trust/issuer_fetch.h"

#include "base/clock.h"
#include "trust/place.h"

/* Anybody's certificate may name any place: no authority's own are larger. */
enum { A_DAY = 86400, CERTS_MAX = 1 << 20 };

static int64_t until(const void *bytes, size_t len)
{
    struct stock stock = {0};
    bool good = stock_add_any(&stock, bytes, len) > 0 && stock.certs;

    stock_clear(&stock);
    return good ? clock_system.now(clock_system.context) + A_DAY : 0;
}

static int count(const struct stock *stock)
{
    return stock->certs ? sk_X509_num(stock->certs) : 0;
}

bool issuer_fetch(struct source *source, const STACK_OF(X509) * way, struct stock *stock)
{
    struct source_ask ask = {.fetch = {.largest = CERTS_MAX}, .until = until};
    struct places places;
    int before = count(stock);
    size_t i;

    places_of_access(sk_X509_value(way, sk_X509_num(way) - 1), NID_ad_ca_issuers, &places);
    for (i = 0; i < places.count && count(stock) == before; i++) {
        struct kunci_err unsaid = KUNCI_ERR_INIT;
        struct buf answer = {0};
        bool kept;

        ask.fetch.url = places.urls[i];
        if (source_get(source, &ask, &answer, &kept, &unsaid) == KUNCI_OK)
            stock_add_any(stock, answer.data, answer.len);
        buf_clear(&answer);
    }
    places_clear(&places);
    return count(stock) > before;
}
