using System.Diagnostics;
using Npgsql;

namespace Rota.Bench;

internal sealed class BackendsKilled : Fault
{
    private const int Rounds = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    public override string Name => "backends-kill";

    public override string What => "PostgreSQL's backends of Rota end: by order, and by signal 9";

    public override async Task StrikeAsync(FaultField field)
    {
        for (var round = 0; round < Rounds; round++)
        {
            await field.RunAsync("""
                SELECT pg_terminate_backend(pid)
                FROM pg_stat_activity
                WHERE application_name = 'rota'
                """);
            await Task.Delay(Pause);
            var pid = await field.NumberAsync(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'rota' ORDER BY random() LIMIT 1");
            using var kill = Process.Start("kill", ["-9", $"{pid}"]);
            await kill.WaitForExitAsync();
            await Task.Delay(Pause);
        }
    }
}

/// <param name="seconds">How long it stays away.</param>
internal sealed class PostgresCrashed(int seconds) : Fault
{
    public override string Name => $"postgres-{seconds}s";

    public override string What => $"PostgreSQL stops as in a crash and starts again {seconds} s later";

    public override async Task StrikeAsync(FaultField field)
    {
        await field.Server.CrashAsync();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        await field.Server.StartAgainAsync();
    }
}

internal sealed class ConnectionCut : Fault
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);
    private TcpProxy? _proxy;

    public override string Name => "cut";

    public override string What => $"nothing passes between the workers and PostgreSQL for {Length.TotalSeconds:N0} s";

    public override Task PrepareAsync(FaultField field)
    {
        _proxy = new TcpProxy(field.Server.Port);
        field.WorkerUrl = field.Server.Url.Replace($":{field.Server.Port}/", $":{_proxy.Port}/");
        return Task.CompletedTask;
    }

    public override async Task StrikeAsync(FaultField field)
    {
        _proxy!.Cut(); // it was prepared
        await Task.Delay(Length);
        _proxy.Join();
    }

    public override async Task CleanUpAsync()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();
    }
}

internal sealed class ConnectionsTaken : Fault
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(20);

    public override string Name => "connections";

    public override string What =>
        $"workers have 2 connections each; for {Length.TotalSeconds:N0} s the server has no more, and Rota's are ended";

    public override Task PrepareAsync(FaultField field)
    {
        field.WorkerUrl += "?maximum_pool_size=2";
        return Task.CompletedTask;
    }

    public override async Task StrikeAsync(FaultField field)
    {
        var taken = new List<NpgsqlConnection> { await field.ConnectAsync() };
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Length)
        {
            await TakeAllAsync(field, taken);
            await using var end = new NpgsqlCommand(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rota'", taken[0]);
            await end.ExecuteNonQueryAsync();
            await Task.Delay(10);
        }
        field.Notes.Add($"{taken.Count} connections were taken");
        foreach (var connection in taken)
            await connection.DisposeAsync();
    }

    private static async Task TakeAllAsync(FaultField field, List<NpgsqlConnection> taken)
    {
        const string TooMany = PostgresErrorCodes.TooManyConnections;
        try
        {
            while (true)
                taken.Add(await field.ConnectAsync());
        }
        catch (PostgresException error) when (error.SqlState == TooMany)
        {
            // That was the last one.
        }
    }
}

/// <summary>Dead rows cannot be removed while a transaction is open that may still see them.</summary>
internal sealed class TransactionHeld : Fault
{
    private const double ShareMin = 0.9;

    public override string Name => "transaction";

    public override string What => "a transaction is held open for as long as the load lasts";

    public override async Task StrikeAsync(FaultField field)
    {
        var before = await RateAsync(field, field.Load / 2);
        await using var connection = await field.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using (var see = new NpgsqlCommand("SELECT pg_current_xact_id(), count(*) FROM rota.job", connection))
            await see.ExecuteNonQueryAsync();
        await Task.Delay(field.Load / 2);
        var held = await RateAsync(field, field.Load / 2);
        await transaction.RollbackAsync();
        field.Notes.Add($"{before:N0} jobs a second before, {held:N0} while it was held: {held / before:P0}");
        field.Require(held >= before * ShareMin, "it cost more than a tenth of the throughput");
    }

    private static async Task<double> RateAsync(FaultField field, TimeSpan length)
    {
        var (start, count) = (Stopwatch.GetTimestamp(), field.Effects.Now());
        await Task.Delay(length);
        return (field.Effects.Now() - count) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

internal sealed class TablesLocked : Fault
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(20);

    public override string Name => "lock";

    public override string What =>
        $"somebody locks Rota's tables for {Length.TotalSeconds:N0} s, longer than a statement may take";

    public override async Task StrikeAsync(FaultField field)
    {
        await using var connection = await field.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        const string Hold =
            "LOCK TABLE rota.job, rota.ready, rota.running, rota.waiting, rota.outcome IN ACCESS EXCLUSIVE MODE";
        await using (var hold = new NpgsqlCommand(Hold, connection))
            await hold.ExecuteNonQueryAsync();
        await Task.Delay(Length);
        await transaction.RollbackAsync();
    }
}
