using System.Text.Json;

namespace Rota.Commands;

/// <summary>One line that follows something that goes on: drawn over on a terminal, a new line for each new state
/// elsewhere.</summary>
internal sealed class ProgressLine(Terminal terminal)
{
    private const int BarWidth = 24;
    private string _last = "";

    public void Show(JsonElement job)
    {
        var state = job.Text("state");
        var progress = job.Find("progress");
        var (done, total) = (progress?.Find("done")?.GetDouble() ?? 0, TotalOf(progress));
        var text = progress is { } known ? Text(known) : "";
        Show($"job {job.Text("id")} {state}", text, done, total);
    }

    /// <param name="what">Where lines are not drawn over, one is written for each new one.</param>
    /// <param name="total">0 when nobody knows: no bar is drawn.</param>
    public void Show(string what, string text, double done, double total)
    {
        if (terminal.IsRich)
            Draw($"{Bar(done, total)} {what} {text}".Trim());
        else if (_last != what)
            terminal.Error.WriteLine(Clean.Line(_last = what));
    }

    private void Draw(string line)
    {
        line = Clean.Line(line);
        if (line != _last)
            terminal.Error.Write($"\r\e[K{_last = line}");
    }

    public void End()
    {
        if (terminal.IsRich && _last.Length > 0)
            terminal.Error.Write("\r\e[K");
    }

    /// <summary>A progress in words: <c>3/10 pages</c>.</summary>
    public static string Text(JsonElement progress)
    {
        var total = progress.TextOrNull("total");
        return $"{progress.Text("done")}{(total is null ? "" : $"/{total}")} {progress.Text("text")}".Trim();
    }

    private static double TotalOf(JsonElement? progress) =>
        progress?.Find("total") is { ValueKind: JsonValueKind.Number } total ? total.GetDouble() : 0;

    private static string Bar(double done, double total)
    {
        if (total <= 0)
            return "";
        var part = Math.Clamp(done / total, 0, 1);
        var full = (int)(part * BarWidth);
        return $"{new string('█', full)}{new string('░', BarWidth - full)} {part:P0}";
    }
}
