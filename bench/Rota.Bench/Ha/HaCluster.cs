using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Npgsql;

namespace Rota.Bench;

/// <summary>Three hosts, each with etcd, Patroni and PostgreSQL, on a loopback network of their own and in a temporary
/// folder.</summary>
/// <remarks>What belongs to a host is known by its working folder. A shell ends all of it when its input ends, which it
/// does with this process however that ends.</remarks>
internal sealed partial class HaCluster : IAsyncDisposable
{
    public const int Nodes = 3;
    private const int WholeSeen = 60; // longer than one round of Patroni's loop
    private const int Kill = 9, Continue = 18, Stop = 19;
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan AskPause = TimeSpan.FromMilliseconds(100);

    private const string Guardian = """
        trap '' HUP INT TERM
        while read -r _; do :; done
        for round in 1 2 3; do
            for process in /proc/[0-9]*; do
                case $(readlink "$process/cwd" 2>/dev/null) in "$1"/pg*) kill -9 "${process#/proc/}" 2>/dev/null ;; esac
            done
            sleep 0.2
        done
        rm -rf "$1"
        """;

    // Not runuser, which stays as a parent outside of the folder.
    private const string AsPostgres = """
        [ "$(id -u)" -ne 0 ] || { as="setpriv --reuid=postgres --regid=postgres --init-groups"; export HOME=$PWD; }
        """;

    private readonly string _network = $"127.{Random.Shared.Next(20, 250)}.{Random.Shared.Next(0, 250)}.";
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(1) };
    private readonly HaGuide _guide;
    private readonly string _folder;
    private readonly Process _guardian;

    private HaCluster(string parent)
    {
        _guide = new HaGuide(_network);
        _folder = Path.Combine(parent, $"rota-ha-{Guid.NewGuid():N}");
        Directory.CreateDirectory(_folder);
        _guardian = Process.Start(new ProcessStartInfo("sh", ["-c", Guardian, "sh", _folder])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
        })!;
    }

    public string Url => _guide.Url;

    /// <summary>Starts it as the guide says: etcd everywhere, then Patroni, then Rota's role and database.</summary>
    public static async Task<HaCluster> StartAsync(string parent)
    {
        await DebianPackages.InstallAsync(("/usr/bin/etcd", "etcd-server"), ("/usr/bin/patroni", "patroni"),
            ("/usr/lib/python3/dist-packages/etcd/__init__.py", "python3-etcd"));
        var cluster = new HaCluster(parent);
        try
        {
            for (var node = 1; node <= Nodes; node++)
                cluster.Configure(node);
            for (var node = 1; node <= Nodes; node++)
                cluster.Start(node);
            await cluster.WhenWholeAsync();
            await cluster.CreateDatabaseAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private string FolderOf(int node) => Path.Combine(_folder, $"pg{node}");

    public string AddressOf(int node) => $"{_network}1{node}";

    private void Configure(int node)
    {
        var folder = FolderOf(node);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "etcd.env"), _guide.Etcd(node));
        File.WriteAllText(Path.Combine(folder, "patroni.yml"), _guide.Patroni(node, folder));
        Shell(node, """
            [ "$(id -u)" -ne 0 ] || chown -R postgres .
            """).WaitForExit();
    }

    /// <summary>Starts a host, or starts it again.</summary>
    public void Start(int node)
    {
        Shell(node, $"""
            {AsPostgres}
            set -a; . ./etcd.env; ETCD_DATA_DIR=$PWD/etcd
            exec setsid $as etcd >>etcd.log 2>&1
            """);
        Shell(node, $"""
            {AsPostgres}
            exec setsid $as patroni patroni.yml >>patroni.log 2>&1
            """);
    }

    private Process Shell(int node, string script) => Process.Start(new ProcessStartInfo("sh", ["-c", script])
    {
        WorkingDirectory = FolderOf(node),
    })!;

    private async Task CreateDatabaseAsync()
    {
        var primary = await PrimaryAsync(except: 0, StartMax);
        await using var source = NpgsqlDataSource.Create(Superuser(primary));
        foreach (var statement in _guide.Sql)
        {
            await using var command = source.CreateCommand(statement);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>PostgreSQL alone dies; Patroni and etcd live.</summary>
    public void KillPostgres(int node) =>
        _ = Signal(int.Parse(File.ReadLines(Path.Combine(FolderOf(node), "rota", "postmaster.pid")).First()), Kill);

    /// <summary>The whole host dies at one moment.</summary>
    public void KillHost(int node)
    {
        SignalAll(node, Stop);
        SignalAll(node, Kill);
    }

    /// <summary>The whole host answers nobody any more, and its connections stay open: as without power.</summary>
    public void Freeze(int node)
    {
        SignalAll(node, Stop);
        SignalAll(node, Stop); // those that were born meanwhile
    }

    public void Thaw(int node) => SignalAll(node, Continue);

    private void SignalAll(int node, int signal)
    {
        foreach (var process in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), out var id) && WorksIn(process, FolderOf(node)))
                _ = Signal(id, signal);
        }
    }

    private static bool WorksIn(string process, string folder)
    {
        try
        {
            return new DirectoryInfo(Path.Combine(process, "cwd")).LinkTarget is { } at
                && (at == folder || at.StartsWith(folder + "/", StringComparison.Ordinal));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // it has ended, or is somebody else's
        }
    }

    /// <summary>The host whose PostgreSQL takes writes and holds Patroni's lock.</summary>
    /// <param name="except">A host that is dead; 0 for none.</param>
    public async Task<int> PrimaryAsync(int except, TimeSpan limit)
    {
        using var late = new CancellationTokenSource(limit);
        while (true)
        {
            for (var node = 1; node <= Nodes; node++)
            {
                if (node != except && await GetAsync(node, "primary") is not null && await TakesWritesAsync(node))
                    return node;
            }
            await Task.Delay(AskPause, late.Token);
        }
    }

    // Patroni says that a host leads as long as that holds the lock, even while its PostgreSQL starts again.
    private async Task<bool> TakesWritesAsync(int node)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(Superuser(node));
            await using var command = source.CreateCommand("SELECT NOT pg_is_in_recovery()");
            return await command.ExecuteScalarAsync() is true;
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    private NpgsqlConnectionStringBuilder Superuser(int node) => new()
    {
        Host = AddressOf(node),
        Username = "postgres",
        Password = _guide.SuperuserPassword,
        Database = "postgres",
        Timeout = 1,
        Pooling = false,
    };

    /// <summary>Returns when for some seconds one leads and two follow, one of them in step.</summary>
    public async Task WhenWholeAsync()
    {
        using var late = new CancellationTokenSource(StartMax);
        for (var seen = 0; seen < WholeSeen;)
        {
            seen = IsWhole(await GetAsync(1, "cluster")) ? seen + 1 : 0;
            await Task.Delay(AskPause, late.Token);
        }
    }

    private static bool IsWhole(JsonElement? cluster)
    {
        if (cluster is not { } found)
            return false;
        var members = found.GetProperty("members").EnumerateArray()
            .Where(member => member.GetProperty("state").GetString() is "running" or "streaming")
            .Select(member => member.GetProperty("role").GetString()).ToList();
        return members.Count == Nodes && members.Contains("leader") && members.Contains("sync_standby");
    }

    /// <returns>Null when it does not answer, or says no.</returns>
    private async Task<JsonElement?> GetAsync(int node, string path)
    {
        try
        {
            return JsonElement.Parse(await _http.GetStringAsync($"http://{AddressOf(node)}:8008/{path}"));
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or JsonException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _guardian.StandardInput.Close();
        await _guardian.WaitForExitAsync();
        _guardian.Dispose();
    }
}
