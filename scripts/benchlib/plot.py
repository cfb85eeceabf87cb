"""The table of scripts/bench as a chart, from its JSON output."""

import importlib.util
import pathlib
import statistics
import sys

from benchlib.table import FLOOR_NAME

SUFFIXES = (".svg", ".png")

# The palette of Okabe and Ito, suitable for colour-blind readers; hatches distinguish the bars in
# print.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
HATCHES = ("", "//", "..", "xx", "\\\\", "++")
FLOOR_COLOUR = "#BBBBBB"
INK, PAPER = "#1B1F24", "#FFFFFF"  # a solid background, for dark pages too

BAR_INCHES = 0.2
ROW_GAP_INCHES = 0.16
MARGIN_INCHES = 1.75  # title, legend and axis
WIDTH_INCHES = 9


class PlotError(Exception):
    """Nothing can be drawn; the text is for the user."""


def check(path):
    """Raises PlotError if draw() could not draw into that file; does not measure or draw."""
    if pathlib.Path(path).suffix not in SUFFIXES:
        raise PlotError(f"--plot wants a name that ends in {' or '.join(SUFFIXES)}, not {path}")
    if importlib.util.find_spec("matplotlib") is None:
        raise PlotError(
            f"--plot needs matplotlib, and {sys.executable} has none. On Debian: apt-get install "
            "python3-matplotlib, and run this script with /usr/bin/python3; elsewhere: "
            f"{sys.executable} -m pip install matplotlib")


def _yardstick_costs(results, name):
    """Row -> the yardstick's cost per operation."""
    return {result["row"]: result["cpu_ns_per_op_median"] for result in results
            if result["server"] == name and result["cpu_ns_per_op_median"]}


def _bars(results, server, costs):
    """(row, ratio, lowest and highest deviation of the rounds) of each row that can be drawn."""
    for result in results:
        against = costs.get(result["row"])
        if result["server"] != server or not result["rounds"] or not against:
            continue
        rounds = [sample["cpu_ns_per_op"] / against for sample in result["rounds"]]
        middle = statistics.median(rounds)
        yield result["row"], middle, middle - min(rounds), max(rounds) - middle


def _subtitle(document):
    settings, machine = document["settings"], document.get("machine", {})
    versions = document.get("versions", {})
    servers = [f"{name} {version}" for name, version in versions.items() if version]
    cores = machine.get("cores")
    where = [part for part in (f"{cores} cores" if cores else "", machine.get("cpu", "")) if part]
    how = (f"{settings['rounds']} rounds of {settings['seconds']:g} s, "
           f"{settings['connections']} connections, {settings['keys']:,} keys "
           f"({settings['distribution']}), {settings['server_threads']} server "
           f"thread{'s' if settings['server_threads'] > 1 else ''}")
    return "\n".join(["; ".join([document.get("date", "")] + servers).strip("; "),
                      ", ".join(where), how])


def _ordered(names):
    """Without duplicates, in the order of first appearance."""
    return list(dict.fromkeys(names))


def draw(document, path):
    """Draws the contents of a --json file.  Raises PlotError if there is nothing to compare."""
    check(path)
    results, yardstick = document["results"], document["settings"].get("yardstick")
    costs = _yardstick_costs(results, yardstick)
    if not costs:
        raise PlotError("there is no peer to compare with: give --peer")
    rows = _ordered(result["row"] for result in results)
    servers = _ordered(result["server"] for result in results)
    servers.sort(key=lambda name: name == FLOOR_NAME)

    # No window system is needed; texts stay text.
    import matplotlib
    matplotlib.use("agg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "larder", "font.size": 10,
                                "font.family": "sans-serif", "text.color": INK,
                                "axes.labelcolor": INK, "hatch.linewidth": 0.6})
    from matplotlib import pyplot

    row_height = ROW_GAP_INCHES + BAR_INCHES * len(servers)
    figure, axes = pyplot.subplots(
        figsize=(WIDTH_INCHES, MARGIN_INCHES + row_height * len(rows)), facecolor=PAPER)
    axes.set_facecolor(PAPER)
    _draw_servers(axes, results, rows, servers, costs, row_height)
    _draw_frame(figure, axes, document, rows, row_height, len(servers))
    figure.savefig(path, dpi=150, facecolor=PAPER, bbox_inches="tight",
                   metadata={"Date": None} if str(path).endswith(".svg") else None)
    pyplot.close(figure)


def _draw_servers(axes, results, rows, servers, costs, row_height):
    for number, server in enumerate(servers):
        places = {row: rows.index(row) * row_height + number * BAR_INCHES for row in rows}
        bars = list(_bars(results, server, costs))
        is_floor = server == FLOOR_NAME
        axes.barh([places[row] for row, *_ in bars], [middle for _, middle, *_ in bars],
                  BAR_INCHES * 0.88, label=server, edgecolor=PAPER, linewidth=0,
                  color=FLOOR_COLOUR if is_floor else COLOURS[number % len(COLOURS)],
                  hatch="" if is_floor else HATCHES[number % len(HATCHES)],
                  xerr=[[down for *_, down, _ in bars], [up for *_, up in bars]],
                  error_kw={"ecolor": INK, "elinewidth": 1, "capsize": 2})
        for row, middle, _, up in bars:
            axes.annotate(f"{middle:.2f}", (middle + up, places[row]), (5, 0),
                          textcoords="offset points", va="center", fontsize=8,
                          bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8})
        drawn = {row for row, *_ in bars}
        for result in results:
            if result["server"] == server and result["row"] not in drawn:
                why = "not run" if not result["rounds"] else "nothing to compare with"
                axes.annotate(why, (0, places[result["row"]]), (4, 0),
                              textcoords="offset points", va="center", fontsize=8, style="italic")


def _draw_frame(figure, axes, document, rows, row_height, server_count):
    yardstick = document["settings"]["yardstick"]
    middle_of_row = BAR_INCHES * (server_count - 1) / 2
    axes.set_yticks([number * row_height + middle_of_row for number in range(len(rows))], rows)
    axes.set_ylim(row_height * len(rows) - BAR_INCHES / 2, -BAR_INCHES)
    axes.axvline(1, color=INK, linewidth=1, zorder=0)
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_xlim(left=0)
    axes.margins(x=0.08)
    axes.set_xlabel(f"{yardstick} = 1; less is better; whiskers: the fastest and the slowest round")
    axes.set_title(f"CPU time of the server per operation, as a ratio to {yardstick}",
                   loc="left", fontsize=13, fontweight="bold", pad=62)
    axes.text(0, 1, _subtitle(document) + "\n", transform=axes.transAxes, fontsize=9, va="bottom",
              linespacing=1.4)
    height = figure.get_figheight()
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.55 / height), ncol=server_count,
                frameon=False, fontsize=9)
