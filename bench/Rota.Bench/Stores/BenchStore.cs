using Rota.Postgres;

namespace Rota.Bench;

/// <summary>An empty database to measure on, and what stands beside it.</summary>
internal abstract class BenchStore(string folder) : IAsyncDisposable
{
    /// <summary>For what is no database: the key file.</summary>
    public string Folder { get; } = folder;

    /// <summary>As <c>rota serve</c> takes it.</summary>
    public abstract string Url { get; }

    public abstract void Use(RotaOptions options);

    /// <summary>Opens the same kind of database without an engine.</summary>
    public abstract Task<IRawSql> OpenRawAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>A database that another process made and deletes.</summary>
internal sealed class OpenedStore(string folder, string url) : BenchStore(folder)
{
    public override string Url => url;

    public override void Use(RotaOptions options)
    {
        if (PostgresUrl.IsPostgres(url))
            options.UsePostgres(url);
        else
            options.UseSqlite(url["sqlite:".Length..]);
    }

    public override Task<IRawSql> OpenRawAsync() => throw new NotSupportedException();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>What the machine does without an engine: the same schema, settings and rows, one caller. Rates per second.
/// </summary>
internal interface IRawSql : IAsyncDisposable
{
    /// <summary>One job a transaction.</summary>
    Task<double> InsertOneAsync(int count);

    /// <summary>A hundred jobs a transaction.</summary>
    Task<double> InsertHundredAsync(int count);

    /// <summary>A hundred jobs are claimed in one transaction and ended in the next.</summary>
    Task<double> ClaimCompleteAsync(int count);
}

/// <summary>Makes the databases of one run.</summary>
internal abstract class BenchStores : IAsyncDisposable
{
    public static async Task<BenchStores> StartAsync(BenchOptions options) => options.Store switch
    {
        "sqlite" => new SqliteBench(options.Folder),
        "postgres" => await PostgresBench.OpenAsync(options),
        _ => throw new WrongUseException("--store is wrong.", "Write sqlite or postgres."),
    };

    public abstract Task<BenchStore> NewAsync();

    /// <summary>How many call at once.</summary>
    public abstract int Callers { get; }

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
