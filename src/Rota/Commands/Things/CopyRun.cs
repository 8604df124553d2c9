using System.Globalization;
using System.Text.Json.Nodes;
using Rota.Copies;
using Rota.Storage;

namespace Rota.Commands;

/// <summary>One run of <c>rota database copy</c>.</summary>
internal sealed class CopyRun(Session session, DatabaseAddress from, DatabaseAddress to, bool isRestart)
{
    private const string NoRows = "no rows";

    private readonly ProgressLine _line = new(session.Terminal);
    private readonly long _startedAt = session.Terminal.Clock.GetTimestamp();
    private CopyStep _first;
    private long _firstAt;

    private TimeSpan Elapsed => session.Terminal.Clock.GetElapsedTime(_startedAt);

    public async Task<int> PlanAsync(CancellationToken stop)
    {
        await using var source = await OpenSourceAsync(stop);
        await using var target = await to.FindAsync(stop);
        var plan = await new CopyOperations(source).PlanAsync(target, isRestart, stop);
        var tables = plan.Tables.Select(table => (table.Name, table.Rows, Hash: default(string)));
        session.Print(ToAnswer(isDryRun: true, plan.Done, tables), _ =>
        {
            var grid = new Grid("Table", "Rows");
            foreach (var (name, rows) in plan.Tables.Where(table => table.Rows > 0))
                grid.Add(name, rows.ToString("N0", CultureInfo.InvariantCulture));
            grid.Write(session.Terminal, NoRows);
            var there = plan.Done > 0 ? $"; {plan.Done:N0} are there already" : "";
            session.Terminal.Out.WriteLine($"{plan.Tables.Sum(table => table.Rows):N0} rows would be copied from "
                + $"{from.Name} to {to.Name}{there}");
        });
        return ExitCode.Ok;
    }

    /// <summary>Ctrl-C ends it after the page that is being written.</summary>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        try
        {
            var result = await CopyAsync(stop);
            var tables = result.Tables.Select(table => (table.Name, table.Rows, (string?)table.Hash));
            session.Print(ToAnswer(isDryRun: false, result.Before, tables), _ => TellPeople(result));
            return ExitCode.Ok;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            session.Terminal.Error.WriteLine("stopped; the same command goes on where it stopped");
            return ExitCode.Interrupted;
        }
    }

    private async Task<CopyResult> CopyAsync(CancellationToken stop)
    {
        await using var source = await OpenSourceAsync(stop);
        await using var target = await to.CreateAsync(stop);
        try
        {
            return await new CopyOperations(source).RunAsync(target, isRestart, Tell, stop);
        }
        finally
        {
            _line.End();
        }
    }

    private async Task<ICopyStore> OpenSourceAsync(CancellationToken stop)
    {
        if (from.Name == to.Name)
            throw Session.Usage("to", "--from and --to name the same database.", "Name another one to copy into.");
        return await from.FindAsync(stop)
            ?? throw new NotFoundException("database", from.Name, "Check the path, the database and ?schema=.");
    }

    private void Tell(CopyStep step)
    {
        if (session.IsJson)
            return;
        var now = session.Terminal.Clock.GetTimestamp();
        if (_firstAt == 0 || _first.IsCheck != step.IsCheck)
            (_first, _firstAt) = (step, now);
        var seconds = session.Terminal.Clock.GetElapsedTime(_firstAt, now).TotalSeconds;
        var speed = seconds > 1 ? (step.Done - _first.Done) / seconds : 0;
        var rest = speed > 0
            ? $", {speed:N0}/s, {Show.Short(TimeSpan.FromSeconds((step.Total - step.Done) / speed))} left" : "";
        _line.Show($"{(step.IsCheck ? "checking" : "copying")} {step.Table}",
            $"{step.Done:N0} of {step.Total:N0} rows{rest}", step.Done, step.Total);
    }

    private void TellPeople(CopyResult result)
    {
        var grid = new Grid("Table", "Rows", "Hash");
        foreach (var (name, count, hash) in result.Tables.Where(table => table.Rows > 0))
            grid.Add(name, count.ToString("N0", CultureInfo.InvariantCulture), hash);
        grid.Write(session.Terminal, NoRows);
        var rows = result.Tables.Sum(table => table.Rows);
        var before = result.Before > 0 ? $", {result.Before:N0} of them before," : "";
        session.Terminal.Out.WriteLine($"copied {rows:N0} rows{before} from {from.Name} to {to.Name} in "
            + $"{Show.Short(Elapsed)}; counts and hashes are the same at both ends");
        session.Terminal.Out.WriteLine("start Rota with ROTA_DATABASE set to the new address; "
            + "the key file of secrets is not in a database and stays where it is");
    }

    private Answer ToAnswer(bool isDryRun, long before, IEnumerable<(string Name, long Rows, string? Hash)> tables)
    {
        var list = tables.ToList();
        return new Answer(200, new JsonObject
        {
            ["from"] = from.Name,
            ["to"] = to.Name,
            ["is_dry_run"] = isDryRun,
            ["rows"] = list.Sum(table => table.Rows),
            ["rows_before"] = before,
            ["elapsed_ms"] = (long)Elapsed.TotalMilliseconds,
            ["tables"] = new JsonArray([.. list.Select(table => new JsonObject
            {
                ["name"] = table.Name,
                ["rows"] = table.Rows,
                ["hash"] = table.Hash,
            })]),
        }.ToJsonString());
    }
}
