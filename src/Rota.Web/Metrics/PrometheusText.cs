using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Rota.Web.Metrics;

/// <summary>Prometheus' text format 0.0.4.</summary>
internal sealed class PrometheusText
{
    private readonly StringBuilder _text = new();

    public void Head(string name, string type, string help) =>
        _text.Append($"# HELP {name} {Escape(help, isQuoted: false)}\n# TYPE {name} {type}\n");

    public void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
            _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return "";
        var labels = new List<string>(tags.Length);
        foreach (var (name, value) in tags)
            labels.Add(Label(name, Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
        labels.Sort(StringComparer.Ordinal); // the same tags in another order are the same series
        return string.Join(',', labels);
    }

    public static string Labels(params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var text = new List<string>(labels.Length);
        foreach (var (name, value) in labels)
            text.Add(Label(name, value));
        return string.Join(',', text);
    }

    public static string With(string labels, string name, double value) =>
        (labels.Length > 0 ? labels + "," : "") + Label(name, Number(value));

    private static string Label(string name, string value) =>
        $"{PrometheusName.Clean(name)}=\"{Escape(value, isQuoted: true)}\"";

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : double.IsNaN(value) ? "NaN"
        : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text, bool isQuoted)
    {
        text = text.Replace("\\", "\\\\").Replace("\n", "\\n");
        return isQuoted ? text.Replace("\"", "\\\"") : text;
    }

    public override string ToString() => _text.ToString();
}

/// <summary>Names as OpenTelemetry's rules for Prometheus have them: underscores, the unit, <c>_total</c>.</summary>
internal static class PrometheusName
{
    public static string Of(Instrument instrument)
    {
        var name = Clean(instrument.Name);
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        if (!name.EndsWith(unit, StringComparison.Ordinal))
            name += unit;
        var isCounter = instrument.GetType().Name.Split('`')[0] is "Counter" or "ObservableCounter";
        return isCounter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    public static string Clean(string name) =>
        string.Create(name.Length, name, static (clean, from) =>
        {
            for (var at = 0; at < from.Length; at++)
                clean[at] = char.IsAsciiLetterOrDigit(from[at]) ? from[at] : '_';
        });
}
