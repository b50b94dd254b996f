/* The flow chart of a procedure: which shape stands where, and on which ways its arrows
 * run. Across, places are known; down, a row is as high as its text, so that each place is
 * told from the middle of its row. All in pixels of a page, 96 an inch. */
#ifndef FLOW_CHART_H
#define FLOW_CHART_H

#include "flow/procedure.h"

enum { CHART_ROWS_MAX = STEPS_MAX + 2, CHART_LANES_MAX = ROLES };
enum { LABEL_LINES = 3, LABEL_LINE_HEIGHT = 11, LABEL_FONT = 10, ARROW = 7 };

enum shape { SHAPE_TERMINATOR, SHAPE_WORK, SHAPE_DECISION, SHAPE_CALL };
enum side { SIDE_LEFT, SIDE_RIGHT };

/* A row has one shape. */
struct chart_node {
    const struct step *step; /* NULL: a start or an end that no step of the file is */
    enum shape shape;
    unsigned lane;
    int half_width, half_height;
    int half_row; /* the least half of the row's height */
};

enum way {
    WAY_DOWN,  /* to the shape beneath */
    WAY_ELBOW, /* to the next row in another lane: across, then down */
    WAY_WIRE   /* across to a wire, along it, and across again */
};

struct chart_label {
    char *text;                     /* NULL: none */
    const char *lines[LABEL_LINES]; /* in text; not ended by NUL */
    size_t lengths[LABEL_LINES];
    bool cut; /* there is more text than that */
    unsigned count;
    int x, y, width, height; /* left and upper corner, y from the middle of its row */
};

struct chart_edge {
    unsigned from, to; /* rows */
    bool reject, added;
    enum way way;
    unsigned wire;  /* of a WAY_WIRE */
    enum side side; /* where it leaves the shape, and how far from the middle; not of a */
    int y;          /* WAY_DOWN */
    struct chart_label label;
};

/* Runs down between the shapes, within a lane at one of its sides. What goes to the same
 * shape for the same reason shares one. */
struct chart_wire {
    unsigned to;
    bool reject, added;
    unsigned first, last; /* the rows that it runs through */
    unsigned lane;
    enum side at;   /* this side of the lane */
    unsigned track; /* 0 is the outermost there */
    int x;
    enum side side; /* where it gets to the shape */
    int y;
};

struct chart_lane {
    enum role role;
    int x, width, middle;
    unsigned tracks[2]; /* at each side */
};

struct chart {
    const struct kunci_sop *sop;
    struct chart_lane lanes[CHART_LANES_MAX];
    unsigned lane_count;
    struct chart_node nodes[CHART_ROWS_MAX];
    unsigned node_count;
    struct chart_edge *edges;
    unsigned edge_count;
    struct chart_wire *wires; /* no more than there are edges */
    unsigned wire_count;
    int width;
    bool failed; /* for lack of memory */
};

/* A chart that failed is cleared, too. */
void chart_make(const struct kunci_sop *sop, struct chart *chart);
void chart_clear(struct chart *chart);

/* What chart_make() does, in this order: shapes and edges from the steps; a way for each
 * edge; then how much room all that takes. */
void chart_ways(struct chart *chart);
void chart_places(struct chart *chart);

/* Whether a node's row lies on the wire, and its part of that row: true in *above where it
 * goes on above, else it begins at *from; the same beneath. */
bool chart_wire_in(const struct chart *chart, const struct chart_wire *wire, unsigned row,
                   bool *above, int *from, bool *beneath, int *to);

#endif
