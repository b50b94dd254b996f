#include "lib/procedures.h"

#include <dirent.h>
#include <kunci.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "pkcs11/flow/sop"

static void must(int good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

struct kunci_sop *procedure_named(const char *name)
{
    static char bytes[1 << 20];
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop = NULL;
    char path[512], sentence[1024];
    FILE *file;
    size_t len;

    snprintf(path, sizeof path, strchr(name, '/') ? "%s" : FOLDER "/%s.yaml", name);
    file = fopen(path, "re");
    must(file != NULL, path);
    len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    if (kunci_sop_read(name, bytes, len, &sop, &err) != KUNCI_OK)
        must(0, kunci_err_sentence(&err, sentence, sizeof sentence));
    return sop;
}

static char **found;

static void forget_names(void)
{
    char **name;

    for (name = found; name && *name; name++)
        free(*name);
    free(found);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t procedure_names(const char *const **names)
{
    static size_t count;
    struct dirent *entry;
    DIR *folder;

    if (!found) {
        must((folder = opendir(FOLDER)) != NULL, FOLDER);
        must((found = calloc(64, sizeof *found)) != NULL, "memory");
        while (count < 63 && (entry = readdir(folder)))
            if (strstr(entry->d_name, ".yaml"))
                found[count++] = strndup(entry->d_name, strlen(entry->d_name) - 5);
        closedir(folder);
        qsort(found, count, sizeof *found, compare);
        atexit(forget_names);
    }
    *names = (const char *const *)found;
    return count;
}

/* ---- the world ---- */

static int64_t now(void *context)
{
    return ((struct world *)context)->now;
}

static const char *fact(void *context, const struct kunci_request *request, const char *name)
{
    int index = word_index(fact_names, name);

    (void)request;
    return fact_values[index][((struct world *)context)->fact[index]];
}

/* What happens at the authority can be asked for afterwards. */
static void happen(struct world *world, int deed)
{
    int *certificate = &world->fact[FACT_CERTIFICATE];

    if (deed == DEED_REVOKE)
        *certificate = CERTIFICATE_REVOKED;
    else if (deed == DEED_ISSUE || deed == DEED_RESUME)
        *certificate = CERTIFICATE_ACTIVE;
    else if (deed == DEED_SUSPEND)
        *certificate = CERTIFICATE_SUSPENDED;
}

static enum kunci_rc act(void *context, const struct kunci_request *request, const char *deed,
                         struct kunci_err *err)
{
    struct world *world = context;
    int index = word_index(deed_names, deed);

    (void)request;
    if (world->fails) {
        world->fails = false;
        err->rc = KUNCI_TOKEN_REMOVED;
        return err->rc;
    }
    world->deeds[index]++;
    snprintf(world->last_deed, sizeof world->last_deed, "%s", deed);
    happen(world, index);
    return KUNCI_OK;
}

static enum kunci_rc call(void *context, const struct kunci_request *request, const char *procedure,
                          const char *reason, struct kunci_err *err)
{
    struct world *world = context;

    (void)request;
    (void)err;
    world->calls++;
    snprintf(world->last_call, sizeof world->last_call, "%s%s%s", procedure, reason ? " " : "",
             reason ? reason : "");
    return KUNCI_OK;
}

static enum kunci_rc notify(void *context, const struct kunci_request *request, const char *role,
                            const char *message, struct kunci_err *err)
{
    struct world *world = context;

    (void)request;
    (void)err;
    world->notices++;
    snprintf(world->last_message, sizeof world->last_message, "%s %s", role, message);
    return KUNCI_OK;
}

static enum kunci_rc note(void *context, const struct kunci_flow_entry *entry,
                          struct kunci_err *err)
{
    struct world *world = context;

    (void)err;
    world->entries++;
    snprintf(world->last_entry, sizeof world->last_entry, "%s %s", entry->event,
             entry->step ? entry->step : "");
    return KUNCI_OK;
}

struct kunci_flow_port world_port(struct world *world)
{
    return (struct kunci_flow_port){.context = world,
                                    .now = now,
                                    .fact = fact,
                                    .act = act,
                                    .call = call,
                                    .notify = notify,
                                    .log = note};
}

/* ---- people and their work ---- */

struct kunci_flow_actor actor_of(enum role role)
{
    static struct kunci_flow_grant grants[ROLES];

    grants[role] = (struct kunci_flow_grant){.role = role_names[role], .scope = ""};
    return (struct kunci_flow_actor){
        .person = role == ROLE_PEMOHON ? "budi" : role_names[role],
        .grants = &grants[role],
        .grant_count = 1,
    };
}

struct kunci_request *world_begin(struct world *world, const struct kunci_sop *sop)
{
    static const char *const domains[] = {"contoh.go.id", NULL};
    const struct kunci_request_begin begin = {
        .id = "1", .applicant = "budi", .institution = "contoh/dinas", .domains = domains};
    const struct kunci_flow_port port = world_port(world);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_request *request;

    must(kunci_request_new(sop, &begin, &port, &request, &err) == KUNCI_OK, "kunci_request_new");
    return request;
}

/* What was decided upon stays: there it is enough that something is. */
static void apply(struct world *world, struct kunci_request *request,
                  const struct kunci_flow_event *event)
{
    const struct kunci_flow_port port = world_port(world);
    struct kunci_err err = KUNCI_ERR_INIT;
    char sentence[1024];

    if (kunci_flow_apply(request, event, &port, &err) != KUNCI_OK && err.rc != KUNCI_FLOW_CONDITION)
        must(0, kunci_err_sentence(&err, sentence, sizeof sentence));
}

static void fill_all(struct world *world, struct kunci_request *request, enum role role)
{
    static const char *const values[FIELDS] = {
        [FIELD_NIK] = "9901011708850001",
        [FIELD_NIP] = "198508172010011002",
        [FIELD_NAME] = "Budi Santoso",
        [FIELD_EMAIL] = "budi@contoh.go.id",
        [FIELD_POST] = "Kepala Seksi",
        [FIELD_UNIT] = "Seksi Contoh",
        [FIELD_INSTITUTION] = "Dinas Contoh",
        [FIELD_PHONE] = "0800000000",
        [FIELD_REASON] = "lost",
    };
    struct kunci_flow_event event = {.verb = KUNCI_FLOW_FILL, .actor = actor_of(role)};
    int set, field;

    for (set = 0; set < DATA_SETS; set++)
        for (field = 0; field < FIELDS; field++)
            if (values[field]) {
                event.data = (enum kunci_flow_data)set;
                event.name = field_names[field];
                event.value = values[field];
                apply(world, request, &event);
            }
}

void world_gather(struct world *world, struct kunci_request *request)
{
    const struct step *step = request_step(request);
    struct kunci_flow_event event = {.verb = KUNCI_FLOW_ATTACH, .actor = actor_of(step->actor)};
    unsigned i;

    for (i = 0; i < request->sop->document_count; i++)
        if (step->documents & 1u << i) {
            event.name = request->sop->documents[i].name;
            apply(world, request, &event);
        }
    if (step->fields || step->rules)
        fill_all(world, request, step->actor);
}

enum kunci_rc world_do(struct world *world, struct kunci_request *request, const char *outcome)
{
    const struct kunci_flow_event event = {
        .verb = KUNCI_FLOW_DO, .outcome = outcome, .actor = actor_of(request_step(request)->actor)};
    const struct kunci_flow_port port = world_port(world);
    struct kunci_err err = KUNCI_ERR_INIT;

    return kunci_flow_apply(request, &event, &port, &err);
}

void world_suit(struct world *world, const struct branch *branch)
{
    int fact;

    for (fact = 0; fact < FACTS; fact++)
        if (branch->when.values[fact])
            world->fact[fact] = __builtin_ctz(branch->when.values[fact]);
}
