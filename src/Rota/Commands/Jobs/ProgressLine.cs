using System.Text.Json;

namespace Rota.Commands;

/// <summary>One line that follows a job: drawn over on a terminal, a new line for each new state elsewhere.</summary>
internal sealed class ProgressLine(Terminal terminal)
{
    private const int BarWidth = 24;
    private string _last = "";

    public void Show(JsonElement job)
    {
        var state = job.Text("state");
        var progress = job.Find("progress");
        if (terminal.IsRich)
            Draw($"{Bar(progress)} job {job.Text("id")} {state} {(progress is { } known ? Text(known) : "")}".Trim());
        else if (_last != state)
            terminal.Error.WriteLine($"job {job.Text("id")} {_last = state}");
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

    private static string Bar(JsonElement? progress)
    {
        if (progress?.Find("total") is not { ValueKind: JsonValueKind.Number } total || total.GetDouble() <= 0)
            return "";
        var part = Math.Clamp((progress.Value.Find("done")?.GetDouble() ?? 0) / total.GetDouble(), 0, 1);
        var full = (int)(part * BarWidth);
        return $"{new string('█', full)}{new string('░', BarWidth - full)} {part:P0}";
    }
}
