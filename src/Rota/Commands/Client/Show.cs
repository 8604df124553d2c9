using System.Text.Json;
using Rota.Schedules;

namespace Rota.Commands;

/// <summary>How single values are shown to people.</summary>
internal static class Show
{
    public static Cell State(string state) => new(state, state switch
    {
        "succeeded" or "ok" or "loaded" or "enqueued" => "green",
        "failed" or "fail" or "missed" => "red",
        "running" => "blue",
        "retrying" or "warn" => "yellow",
        "queued" => "aqua",
        _ => "grey",
    });

    /// <summary>Relative to now; absolute when the command was asked for UTC.</summary>
    public static string Time(Session session, DateTimeOffset? instant)
    {
        if (instant is not { } at)
            return "";
        if (session.IsUtc)
            return at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'");
        var ago = session.Terminal.Clock.GetUtcNow() - at;
        return ago.Duration() < TimeSpan.FromSeconds(1) ? "now" : ago > TimeSpan.Zero ? $"{Short(ago)} ago"
            : $"in {Short(-ago)}";
    }

    /// <summary>A duration to the precision that people care for.</summary>
    public static string Short(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 1 } => $"{duration.TotalMilliseconds:0} ms",
        { TotalSeconds: < 10 } => $"{duration.TotalSeconds:0.0} s",
        { TotalMinutes: < 2 } => $"{duration.TotalSeconds:0} s",
        { TotalHours: < 2 } => $"{duration.TotalMinutes:0} min",
        { TotalDays: < 2 } => $"{duration.TotalHours:0} h",
        _ => $"{duration.TotalDays:0} days",
    };

    /// <summary>How long a job ran, or runs.</summary>
    public static string Ran(Session session, JsonElement job) => job.Instant("started_at") is { } start
        ? Short((job.Instant("ended_at") ?? session.Terminal.Clock.GetUtcNow()) - start) : "";

    public static string Trigger(JsonElement trigger)
    {
        if (trigger.TextOrNull("cron") is { } cron)
        {
            var zone = trigger.TextOrNull("zone") is { } id and not "UTC" ? $" {id}" : "";
            return trigger.TextOrNull("dialect") is { } dialect ? $"{cron}{zone} ({dialect})" : cron + zone;
        }
        if (trigger.TextOrNull("every") is { } every)
            return $"every {(Durations.TryParse(every, out var interval) ? Durations.Format(interval) : every)}";
        if (trigger.TextOrNull("calendar") is { } calendar)
            return $"{calendar} from {trigger.Text("from")} {trigger.Text("time")} {trigger.Text("zone")}";
        if (trigger.Find("any") is not null)
            return string.Join(" or ", trigger.Items("any").Select(Trigger));
        return trigger.Find("all") is not null
            ? string.Join(" and ", trigger.Items("all").Select(Trigger))
            : $"once {trigger.Text("once")}";
    }

    /// <summary>A word with its colour, and what is said of it.</summary>
    public static void Line(Session session, Cell word, string text)
    {
        var rest = text.Length > 0 ? $"  {Clean.Line(text)}" : "";
        word = word with { Text = Clean.Line(word.Text) };
        if (session.Terminal.IsRich)
            Spectre.Console.AnsiConsoleExtensions.MarkupLine(session.Terminal.Console(),
                Grid.Styled(word) + Spectre.Console.Markup.Escape(rest));
        else
            session.Terminal.Out.WriteLine(word.Text + rest);
    }

    /// <summary>Names and values below each other; what is empty is left out.</summary>
    public static void Facts(Session session, IEnumerable<(string Name, Cell Value)> facts)
    {
        var shown = facts.Where(fact => fact.Value.Text.Length > 0).ToList();
        var width = shown.Count == 0 ? 0 : shown.Max(fact => fact.Name.Length);
        foreach (var (name, value) in shown)
        {
            var text = Clean.Block(value.Text).ReplaceLineEndings("\n" + new string(' ', width + 2));
            if (session.Terminal.IsRich && value.Style is not null)
                Spectre.Console.AnsiConsoleExtensions.MarkupLine(session.Terminal.Console(),
                    $"{name.PadRight(width)}  {Grid.Styled(value with { Text = text })}");
            else
                session.Terminal.Out.WriteLine($"{name.PadRight(width)}  {text}");
        }
    }
}
