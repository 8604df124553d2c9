using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary>How the due times of a schedule become jobs, as options.</summary>
internal sealed class RunPolicyOptions
{
    private const string None = "none";

    // The names are those of the JSON.
    private readonly Option<string?> _misfire = new("--misfire")
    {
        Description = "What was missed: skip, run_once or run_all (default: run_once)",
    };
    private readonly Option<string?> _grace = new("--misfire-grace")
    {
        Description = "Due longer ago than this was missed, such as 5m (default: 60s)",
    };
    private readonly Option<bool?> _coalesce = new("--coalesce")
    {
        Description = "Of several due times at once only the last one enqueues",
    };
    private readonly Option<string?> _window = new("--catch-up-window")
    {
        Description = "Missed longer ago than this is not made up for, such as 6h; none for no limit (default: none)",
    };
    private readonly Option<string?> _max = new("--max-running")
    {
        Description = "So many of its jobs may be there that have not ended; none for no limit (default: none)",
    };
    private readonly Option<string?> _whenFull = new("--when-full")
    {
        Description = "At --max-running: skip, queue or cancel_old (default: skip)",
    };

    public RunPolicyOptions()
    {
        _misfire.AcceptOnlyFromAmong("skip", "run_once", "run_all");
        _whenFull.AcceptOnlyFromAmong("skip", "queue", "cancel_old");
    }

    public IEnumerable<Option> All => [_misfire, _grace, _coalesce, _window, _max, _whenFull];

    /// <summary>Writes what was given; the rest stays as it is.</summary>
    public void Fill(Session session, JsonObject schedule)
    {
        foreach (var option in (Option<string?>[])[_misfire, _grace, _window, _whenFull])
        {
            if (session.Get(option) is { } text)
                schedule[option.Name[2..].Replace('-', '_')] = text == None ? null : text;
        }
        if (session.Get(_coalesce) is { } coalesce)
            schedule["coalesce"] = coalesce;
        if (session.Get(_max) is { } max)
            SetMax(schedule, max);
    }

    private static void SetMax(JsonObject schedule, string max)
    {
        if (max == None)
        {
            schedule.Remove("when_full"); // it says something of the limit only
            schedule["max_running"] = null;
        }
        else if (int.TryParse(max, out var number))
            schedule["max_running"] = number;
        else
            throw Session.Usage("max-running", $"--max-running is '{max}'.", "Write a number, such as 1, or none.");
    }
}
