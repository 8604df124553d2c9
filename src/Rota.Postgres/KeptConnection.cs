using System.Data;
using System.Diagnostics;
using Npgsql;

namespace Rota.Postgres;

/// <summary>A connection that one kind of work has for itself. The pool hands out the one that rested longest, so that
/// every statement would be planned and every page met again by each of them, in turn.</summary>
/// <remarks>Any thread may ask. Who comes while it is out gets one of the pool. As there, one that rested for long is
/// opened anew: something on the way, or the server, may have ended it without a word.</remarks>
internal sealed class KeptConnection : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private NpgsqlConnection? _idle;
    private long _restsSince;
    private bool _isOut;
    private bool _isDisposed;
    private int _losses; // of who has it out

    /// <summary>A test may shorten it.</summary>
    internal TimeSpan RestMax { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>What was lent goes back by its disposal: kept where all went well, and dropped otherwise.</summary>
    public sealed class Loan(NpgsqlConnection connection, KeptConnection? owner) : IAsyncDisposable
    {
        public NpgsqlConnection Connection => connection;

        public bool IsWell { get; set; }

        public ValueTask DisposeAsync() => owner is null || !owner.TryTakeBack(IsWell ? connection : null)
            ? connection.DisposeAsync() : ValueTask.CompletedTask;
    }

    /// <param name="kept">Null: one of the pool.</param>
    public static async ValueTask<Loan> LendAsync(Servers source, KeptConnection? kept, CancellationToken stop)
    {
        if (kept is null || !kept.TryLend(out var connection))
            return new Loan(await source.OpenConnectionAsync(stop), owner: null);
        try
        {
            if (connection is { State: ConnectionState.Open } && kept._losses == source.Losses
                && Stopwatch.GetElapsedTime(kept._restsSince) < kept.RestMax)
                return new Loan(connection, kept);
            if (connection is not null)
                await connection.DisposeAsync();
            kept._losses = source.Losses;
            return new Loan(await source.OpenKeptAsync(stop), kept);
        }
        catch
        {
            kept.TryTakeBack(null);
            throw;
        }
    }

    /// <param name="connection">Null: it is to be opened.</param>
    private bool TryLend(out NpgsqlConnection? connection)
    {
        lock (_lock)
        {
            (connection, _idle) = (_idle, null);
            var isFree = !_isOut && !_isDisposed;
            _isOut = true;
            return isFree;
        }
    }

    /// <returns>False: it is not kept.</returns>
    private bool TryTakeBack(NpgsqlConnection? connection)
    {
        lock (_lock)
        {
            (_isOut, _idle, _restsSince) = (false, _isDisposed ? null : connection, Stopwatch.GetTimestamp());
            return _idle is not null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection? idle;
        lock (_lock)
            (idle, _idle, _isDisposed) = (_idle, null, true);
        if (idle is not null)
            await idle.DisposeAsync();
    }
}
