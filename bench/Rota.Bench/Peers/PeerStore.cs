using Npgsql;

namespace Rota.Bench;

/// <summary>A server that holds the jobs of peers, one measurement at a time.</summary>
internal abstract class PeerStore : IAsyncDisposable
{
    /// <summary>Its processor time counts as the peer's.</summary>
    public abstract int ProcessId { get; }

    /// <summary>Empties it for this peer, and returns the address for its drivers.</summary>
    public abstract Task<string> NewAsync(Peer peer);

    /// <summary>Ends the work that a fill left behind, so that it falls into no measurement.</summary>
    public abstract Task SettleAsync();

    /// <summary>What the jobs take, with their indexes.</summary>
    public abstract Task<double> BytesAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>A server of the run's own; every measurement gets a new database, made from one with the peer's tables.
/// </summary>
internal sealed class PostgresPeerStore : PeerStore
{
    private const string Database = "measured";

    private readonly PostgresServer _server;
    private readonly HashSet<string> _templates = [];

    private PostgresPeerStore(PostgresServer server) => _server = server;

    public override int ProcessId =>
        int.Parse(File.ReadLines(Path.Combine(_server.Folder, "data", "postmaster.pid")).First());

    public static async Task<PostgresPeerStore> StartAsync(bool isQuick) =>
        new(await LoadedServer.StartAsync(isQuick));

    public override async Task<string> NewAsync(Peer peer)
    {
        var template = "template_" + peer.Name.Replace('-', '_');
        await ExecuteAsync("postgres", $"DROP DATABASE IF EXISTS {Database} WITH (FORCE)");
        if (_templates.Add(template))
        {
            await ExecuteAsync("postgres", $"CREATE DATABASE {template}");
            await PeerDriver.InitAsync(peer, Url(template));
        }
        await ExecuteAsync("postgres", $"CREATE DATABASE {Database} TEMPLATE {template}");
        return Url(Database);
    }

    public override async Task SettleAsync()
    {
        await ExecuteAsync(Database, "VACUUM ANALYZE");
        await ExecuteAsync(Database, "CHECKPOINT");
    }

    public override async Task<double> BytesAsync()
    {
        await using var source = Open(Database);
        await using var size = source.CreateCommand("""
            SELECT sum(pg_total_relation_size(oid))::float8
            FROM pg_class
            WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
            """);
        return (double)(await size.ExecuteScalarAsync())!;
    }

    private string Url(string database) => $"postgres://rota@127.0.0.1:{_server.Port}/{database}";

    private NpgsqlDataSource Open(string database) => NpgsqlDataSource.Create(
        $"Host=127.0.0.1;Port={_server.Port};Username=rota;Database={database};Pooling=false;Command Timeout=300");

    // The names are this file's own.
    private async Task ExecuteAsync(string database, string statement)
    {
        await using var source = Open(database);
        await LoadedServer.RunAsync(source, statement);
    }

    public override ValueTask DisposeAsync() => _server.DisposeAsync();
}
