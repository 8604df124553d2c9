using System.Diagnostics;
using Npgsql;

namespace Rota.Bench;

/// <param name="pauseSeconds">Between one end and the next.</param>
internal sealed class BackendsKilled(int rounds, int pauseSeconds) : Fault
{
    private static readonly TimeSpan KillMax = TimeSpan.FromSeconds(20);
    private readonly TimeSpan _pause = TimeSpan.FromSeconds(pauseSeconds);

    public override string Name => "backends-kill";

    public override string What => "PostgreSQL's backends of Rota end: by order, and by signal 9"
        + (rounds > 1 ? $", {rounds} times" : "");

    public override async Task StrikeAsync(FaultField field)
    {
        for (var round = 0; round < rounds; round++)
        {
            await field.RunAsync("""
                SELECT pg_terminate_backend(pid)
                FROM pg_stat_activity
                WHERE application_name = 'rota'
                """);
            await Task.Delay(_pause);
            await field.RequireSoonAsync(() => KillAsync(field), KillMax, "no backend of Rota was there to be killed");
            await Task.Delay(_pause);
        }
    }

    private static async Task<bool> KillAsync(FaultField field)
    {
        var pid = await field.NumberAsync(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'rota' ORDER BY random() LIMIT 1");
        if (pid == 0)
            return false; // process 0 would be the group of this one
        using var kill = Process.Start("kill", ["-9", $"{pid}"]);
        await kill.WaitForExitAsync();
        return kill.ExitCode == 0; // it may have ended by itself in between
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

internal sealed class ConnectionsTaken(int seconds) : Fault
{
    private const int Takers = 8;
    private static readonly TimeSpan TakeMax = TimeSpan.FromSeconds(20);
    private readonly TimeSpan _length = TimeSpan.FromSeconds(seconds);

    public override string Name => "connections";

    public override string What =>
        $"workers have 2 connections each; for {seconds} s the server has no more, and Rota's are ended";

    public override Task PrepareAsync(FaultField field)
    {
        field.WorkerUrl += "?maximum_pool_size=2";
        return Task.CompletedTask;
    }

    // Rota connects again at once, so its connections are ended and taken until it has none left.
    public override async Task StrikeAsync(FaultField field)
    {
        var taken = new List<NpgsqlConnection> { await field.ConnectAsync() };
        var start = Stopwatch.GetTimestamp();
        do
        {
            await using var end = new NpgsqlCommand("""
                SELECT count(pg_terminate_backend(pid))
                FROM pg_stat_activity
                WHERE application_name = 'rota'
                """, taken[0]);
            var isOver = await end.ExecuteScalarAsync() is 0L;
            foreach (var some in await Task.WhenAll(Enumerable.Range(0, Takers).Select(_ => TakeAllAsync(field))))
                taken.AddRange(some);
            if (isOver)
                break;
        }
        while (Stopwatch.GetElapsedTime(start) < TakeMax);
        field.Notes.Add($"{taken.Count} connections were taken in {Stopwatch.GetElapsedTime(start).TotalSeconds:N1} s");
        await Task.Delay(_length);
        field.RequireFelt();
        foreach (var connection in taken)
            await connection.DisposeAsync();
    }

    private static async Task<List<NpgsqlConnection>> TakeAllAsync(FaultField field)
    {
        const string TooMany = PostgresErrorCodes.TooManyConnections;
        var taken = new List<NpgsqlConnection>();
        try
        {
            while (true)
                taken.Add(await field.ConnectAsync());
        }
        catch (PostgresException error) when (error.SqlState == TooMany)
        {
            return taken; // that was the last one
        }
    }
}

/// <summary>Dead rows cannot be removed while a transaction is open that may still see them.</summary>
/// <param name="isMeasured">Whether the load lasts long enough to compare rates.</param>
internal sealed class TransactionHeld(bool isMeasured) : Fault
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
        field.Require(!isMeasured || held >= before * ShareMin, "it cost more than a tenth of the throughput");
    }

    private static async Task<double> RateAsync(FaultField field, TimeSpan length)
    {
        var (start, count) = (Stopwatch.GetTimestamp(), field.Effects.Now());
        await Task.Delay(length);
        return (field.Effects.Now() - count) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

/// <param name="seconds">How long they are locked.</param>
/// <param name="statementSeconds">How long a statement may take; null for Rota's default.</param>
internal sealed class TablesLocked(int seconds, int? statementSeconds) : Fault
{

    public override string Name => "lock";

    public override string What =>
        $"somebody locks Rota's tables for {seconds} s, longer than a statement may take";

    public override string Query => statementSeconds is null ? "" : $"?command_timeout={statementSeconds}";

    public override async Task StrikeAsync(FaultField field)
    {
        await using var connection = await field.ConnectAsync();
        await using var transaction = await LockAsync(connection);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        field.RequireFelt();
        await transaction.RollbackAsync();
    }

    // It takes table after table, and Rota's transactions theirs: one of two that wait for each other is refused.
    private static async Task<NpgsqlTransaction> LockAsync(NpgsqlConnection connection)
    {
        while (true)
        {
            var transaction = await connection.BeginTransactionAsync();
            try
            {
                await using var hold = new NpgsqlCommand("""
                    LOCK TABLE rota.job, rota.ready, rota.running, rota.waiting, rota.outcome IN ACCESS EXCLUSIVE MODE
                    """, connection);
                await hold.ExecuteNonQueryAsync();
                return transaction;
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.DeadlockDetected)
            {
                await transaction.DisposeAsync();
            }
        }
    }
}
