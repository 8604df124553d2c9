using System.Net;
using System.Text;

namespace Rota.Bench;

/// <summary>The ratios as bars in an SVG file: for each metric one bar a peer, on a logarithmic scale whose middle line
/// is "as fast as Rota". A bar to the right means that Rota is better.</summary>
internal static class PeersPlot
{
    private const int Left = 190, Half = 220, Row = 18, Gap = 34;

    // A hundredfold fills half of the plot; what is beyond is cut there, and its figure tells.
    private const double RatioMost = 100;

    private static readonly string[] Metrics = ["enqueue", "bulk", "drain", "idle_p50_ms", "idle_p99_ms"];

    public static string Draw(IEnumerable<PeerPairs> pairs)
    {
        var groups = pairs.Where(pair => Metrics.Contains(pair.Metric.Name)).GroupBy(pair => pair.Metric).ToList();
        var body = new StringBuilder();
        var top = 10;
        foreach (var group in groups)
        {
            top += Gap;
            body.AppendLine($"""<text x="10" y="{top - 10}" class="h">{group.Key.Name}, {group.Key.Unit}</text>""");
            foreach (var pair in group)
            {
                AppendBar(body, pair, top);
                top += Row;
            }
        }
        return $$"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{{Left + 2 * Half + 130}}" height="{{top + 30}}" role="img">
            <title>Rota beside other job systems, median ratios</title>
            <style>text { font: 12px sans-serif; fill: #222 } .h { font-weight: bold }
            rect.better { fill: #2f7d4f } rect.worse { fill: #b3541e } line { stroke: #888 }</style>
            <rect width="100%" height="100%" fill="#fff"/>
            {{body}}<line x1="{{Left + Half}}" y1="20" x2="{{Left + Half}}" y2="{{top}}"/>
            <text x="{{Left}}" y="{{top + 20}}">&#8592; the peer is better</text>
            <text x="{{Left + Half + 8}}" y="{{top + 20}}">Rota is better, times &#8594;</text>
            </svg>

            """;
    }

    private static void AppendBar(StringBuilder body, PeerPairs pair, int top)
    {
        var better = pair.Metric.IsLeast ? pair.Ratio : 1 / pair.Ratio;
        var length = Math.Clamp(Math.Log(better) / Math.Log(RatioMost), -1, 1) * Half;
        var start = Left + Half + Math.Min(length, 0);
        var name = WebUtility.HtmlEncode(pair.Peer.Name + (pair.Peer.IsDurable ? "" : " *"));
        body.AppendLine($"""<text x="20" y="{top + 12}">{name}</text>""");
        body.AppendLine($"""<rect class="{(better >= 1 ? "better" : "worse")}" x="{start:0.#}" y="{top + 2}" """
            + $"""width="{Math.Abs(length):0.#}" height="{Row - 5}"/>""");
        body.AppendLine($"""<text x="{Left + 2 * Half + 10}" y="{top + 12}">{better:0.##} x</text>""");
    }
}
