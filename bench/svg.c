/* SPDX-License-Identifier: BSD-2-Clause */
#include "svg.h"

#include <math.h>
#include <string.h>

#define WIDTH        960
#define MARGIN       24
#define VALUE_WIDTH  72  /* room for the number at a bar's end */
#define LETTER       6.8 /* width of a letter of a label, on average */
#define BAR          11
#define BAR_STEP     13
#define GROUP_GAP    10
#define HEADER       98 /* title, note, legend, numbers of the axis */
#define FOOTER       30
#define LEGEND_Y     62
#define TICKS_WANTED 6
/* With a white rim, for where a line of the grid runs behind the number. */
#define VALUE_STYLE                                                                                \
    "font-size=\"10\" fill=\"#333\" stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\""

/* Told apart by the colour-blind too, and in grey: lightness differs (after P. Tol, "bright"). */
static const char *const colours[SVG_MAX_SERIES] = {"#4477aa", "#ee6677", "#228833",
                                                    "#ccbb44", "#66ccee", "#aa3377"};

/* Where values come to lie. Logarithmic axes count in decades. */
struct axis {
    bool logarithmic;
    double low, high, step;
    double left, width;
};

static double group_height(const struct svg_bars *chart)
{
    return chart->series_count * BAR_STEP + GROUP_GAP;
}

unsigned int svg_bars_height(const struct svg_bars *chart)
{
    return HEADER + FOOTER + (unsigned int)(chart->group_count * group_height(chart));
}

static void escaped(FILE *file, const char *text)
{
    static const char *const entities[128] = {['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;"};

    for (; *text; text++) {
        const char *entity = entities[*text & 127];
        if (entity && !(*text & 128))
            fputs(entity, file);
        else
            fputc(*text, file);
    }
}

static void label(FILE *file, double x, double y, const char *attributes, const char *text)
{
    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
    escaped(file, text);
    fputs("</text>\n", file);
}

/* 1234567 as 1,234,567. `text` holds 27 bytes at most. */
static void grouped(char *text, unsigned long long value)
{
    char digits[24];
    int count = snprintf(digits, sizeof(digits), "%llu", value);

    for (int i = 0; i < count; i++) {
        *text++ = digits[i];
        if ((count - i) % 3 == 1 && i + 1 < count)
            *text++ = ',';
    }
    *text = 0;
}

static void number(FILE *file, double x, double y, const char *attributes, double value)
{
    char text[32];

    if (value < 9.95 && value != floor(value))
        snprintf(text, sizeof(text), "%.1f", value);
    else
        grouped(text, (unsigned long long)llround(value));
    label(file, x, y, attributes, text);
}

static double largest(const struct svg_bars *chart)
{
    double most = 0;

    for (unsigned int i = 0; i < chart->group_count * chart->series_count; i++)
        most = fmax(most, chart->values[i]);
    return most > 0 ? most : 1;
}

static double smallest(const struct svg_bars *chart)
{
    double least = largest(chart);

    for (unsigned int i = 0; i < chart->group_count * chart->series_count; i++)
        if (chart->values[i] > 0)
            least = fmin(least, chart->values[i]);
    return least;
}

/* 1, 2 or 5 times a power of ten. */
static double round_step(double about)
{
    double decade = pow(10, floor(log10(about)));
    double digits = about / decade;

    return decade * (digits > 5 ? 10 : digits > 2 ? 5 : digits > 1 ? 2 : 1);
}

static double labels_width(const struct svg_bars *chart)
{
    size_t longest = 0;

    for (unsigned int i = 0; i < chart->group_count; i++)
        if (strlen(chart->groups[i]) > longest)
            longest = strlen(chart->groups[i]);
    return longest * LETTER;
}

static struct axis axis_for(const struct svg_bars *chart)
{
    struct axis axis = {.logarithmic = chart->logarithmic, .step = 1};

    axis.left = MARGIN + labels_width(chart) + 10;
    axis.width = WIDTH - MARGIN - VALUE_WIDTH - axis.left;
    if (chart->logarithmic) {
        /* The smallest value gets a bar too: start below it. */
        axis.low = floor(log10(smallest(chart)) - 0.05);
        axis.high = ceil(log10(largest(chart)));
    } else {
        axis.step = round_step(largest(chart) / TICKS_WANTED);
        axis.high = ceil(largest(chart) / axis.step) * axis.step;
    }
    return axis;
}

static double axis_x(const struct axis *axis, double value)
{
    double at = axis->logarithmic ? log10(value) : value;
    return axis->left + (at - axis->low) / (axis->high - axis->low) * axis->width;
}

static void draw_axis(FILE *file, const struct axis *axis, double top, double bottom)
{
    long steps = lround((axis->high - axis->low) / axis->step);

    for (long i = 0; i <= steps; i++) {
        double at = axis->low + (double)i * axis->step;
        double value = axis->logarithmic ? pow(10, at) : at;
        double x = axis_x(axis, value);
        fprintf(file, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n",
                x, top, x, bottom);
        number(file, x, top - 6, "fill=\"#555\" text-anchor=\"middle\"", value);
    }
}

static void draw_legend(FILE *file, const struct svg_bars *chart, double y)
{
    double x = MARGIN;

    for (unsigned int i = 0; i < chart->series_count; i++) {
        fprintf(file, "<rect x=\"%.1f\" y=\"%.1f\" width=\"12\" height=\"12\" fill=\"%s\"/>\n", x,
                y - 11, colours[i]);
        label(file, x + 18, y, "", chart->series[i]);
        x += 18 + strlen(chart->series[i]) * LETTER + 24;
    }
}

static void draw_group(FILE *file, const struct svg_bars *chart, const struct axis *axis,
                       unsigned int group, double top)
{
    label(file, axis->left - 8, top + chart->series_count * BAR_STEP / 2.0 + 4,
          "text-anchor=\"end\"", chart->groups[group]);
    for (unsigned int i = 0; i < chart->series_count; i++) {
        double value = chart->values[group * chart->series_count + i];
        double y = top + i * BAR_STEP;
        if (!(value > 0))
            continue;
        fprintf(file, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n",
                axis->left, y, axis_x(axis, value) - axis->left, BAR, colours[i]);
        number(file, axis_x(axis, value) + 4, y + 9.5, VALUE_STYLE, value);
    }
}

void svg_begin(FILE *file, unsigned int height)
{
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
            "viewBox=\"0 0 %d %u\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#111\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            WIDTH, height, WIDTH, height);
}

void svg_bars(FILE *file, const struct svg_bars *chart, unsigned int top)
{
    struct axis axis = axis_for(chart);
    double first = top + HEADER, end = first + chart->group_count * group_height(chart);

    label(file, MARGIN, top + 24, "font-size=\"16\" font-weight=\"bold\"", chart->title);
    label(file, MARGIN, top + 42, "fill=\"#555\"", chart->note);
    draw_legend(file, chart, top + LEGEND_Y);
    draw_axis(file, &axis, first - 6, end);
    for (unsigned int i = 0; i < chart->group_count; i++)
        draw_group(file, chart, &axis, i, first + i * group_height(chart));
}

void svg_end(FILE *file)
{
    fputs("</svg>\n", file);
}
