using Npgsql;
using Rota.Postgres;

namespace Rota.Bench;

/// <summary>A schema for each measurement, in a PostgreSQL server of the run's own or in the one named by
/// <c>--database</c>. Every commit waits for the disk.</summary>
internal sealed class PostgresBench : BenchStores
{
    // As docs/postgresql.md asks for; and max_wal_size, which the command line must leave open to a change.
    private const string Settings = "-c shared_buffers=1GB -c min_wal_size=4GB -c wal_compression=lz4 "
        + "-c autovacuum_max_workers=1";

    private const int WalFiles = 256; // of 16 MiB each: as many as are kept

    private readonly string _parent;
    private readonly string _url;
    private readonly PostgresServer? _server;
    private int _count;

    private PostgresBench(string parent, string url, PostgresServer? server) =>
        (_parent, _url, _server) = (parent, url, server);

    public static async Task<PostgresBench> OpenAsync(BenchOptions options)
    {
        if (options.Database is { } url)
            return new PostgresBench(options.Folder, url, server: null);
        var server = await PostgresServer.StartAsync(Settings);
        await using var source = NpgsqlDataSource.Create(PostgresUrl.Parse(server.Url).Connection.ConnectionString);
        if (!options.IsQuick)
            await UseWalAsync(source);
        await SetWalAsync(source, "4GB");
        return new PostgresBench(options.Folder, server.Url, server);
    }

    /// <summary>Goes through as many files of the WAL as are kept: a server that has run for a while writes over old
    /// ones, and a new one makes each, for which all commits wait 40 to 70 ms here.</summary>
    private static async Task UseWalAsync(NpgsqlDataSource source)
    {
        Progress.Say("using up the first files of the WAL");
        await SetWalAsync(source, "16GB"); // with a checkpoint on the way fewer would be made
        for (var file = 0; file < WalFiles; file++)
            await RunAsync(source, "SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()");
        await RunAsync(source, "CHECKPOINT");
    }

    private static async Task SetWalAsync(NpgsqlDataSource source, string size)
    {
        await RunAsync(source, $"ALTER SYSTEM SET max_wal_size = '{size}'");
        await RunAsync(source, "SELECT pg_reload_conf()");
    }

    private static async Task RunAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 60;
        await command.ExecuteNonQueryAsync();
    }

    public override int Callers => 16;

    /// <summary>A transaction that sees the rows of now until it is disposed of, so that none of them can be removed.
    /// </summary>
    public static async Task<IAsyncDisposable> HoldTransactionAsync(string url)
    {
        var connection = new NpgsqlConnection(PostgresUrl.Parse(url).Connection.ConnectionString);
        await connection.OpenAsync();
        await using var see = new NpgsqlCommand(
            "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_xact_id()", connection);
        await see.ExecuteNonQueryAsync();
        return connection;
    }

    public override Task<BenchStore> NewAsync()
    {
        var schema = $"bench_{Environment.ProcessId}_{++_count}";
        var url = $"{_url}{(_url.Contains('?') ? '&' : '?')}schema={schema}";
        return Task.FromResult<BenchStore>(new Store(new BenchFolder(_parent), url, schema));
    }

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        await base.DisposeAsync();
    }

    private sealed class Store(BenchFolder folder, string url, string schema) : BenchStore(folder.Path)
    {
        public override string Url => url;

        public override void Use(RotaOptions options) => options.UsePostgres(url);

        public override async Task<IRawSql> OpenRawAsync() => await PostgresRawSql.OpenAsync(url);

        public override async ValueTask DisposeAsync()
        {
            folder.Dispose();
            await using var source = NpgsqlDataSource.Create(PostgresUrl.Parse(url).Connection.ConnectionString);
            await RunAsync(source, $"DROP SCHEMA IF EXISTS {schema} CASCADE");
        }
    }
}
