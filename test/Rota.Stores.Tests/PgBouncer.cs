using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Rota;

/// <summary>A PgBouncer of one's own in transaction mode, on a loopback port, before a PostgreSQL server.</summary>
/// <remarks>A shell stops it when its input ends, which it does with this process however that ends.</remarks>
internal sealed class PgBouncer : IAsyncDisposable
{
    public const string Program = "/usr/sbin/pgbouncer";
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(20);

    // It refuses to run as root.
    private const string Script = """
        [ "$(id -u)" -ne 0 ] || as="setpriv --reuid=postgres --regid=postgres --clear-groups"
        folder=$(mktemp -d "${TMPDIR:-/tmp}/rota-pgbouncer-XXXXXX") && cd "$folder" || exit
        trap '' HUP INT TERM
        echo '"rota" ""' >users
        echo "$2" >pgbouncer.ini
        [ "$(id -u)" -ne 0 ] || chown -R postgres .
        $as "$1" pgbouncer.ini >log 2>&1 &
        while read -r _; do :; done
        kill $!
        wait
        cd / && rm -rf "$folder"
        """;

    private readonly Process _shell;

    private PgBouncer(Process shell, int port) => (_shell, Url) = (shell, $"postgres://rota@127.0.0.1:{port}/postgres");

    public string Url { get; }

    /// <param name="serverPort">Where PostgreSQL listens.</param>
    /// <param name="dropsOptions">Take the start-up options of connections and forget them.</param>
    public static async Task<PgBouncer> StartAsync(int serverPort, bool dropsOptions = false)
    {
        var port = LoopbackPort.Free();
        // Few connections for many: what one transaction left behind the next one would meet.
        var settings = $"""
            [databases]
            * = host=127.0.0.1 port={serverPort}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = users
            pool_mode = transaction
            default_pool_size = 4
            max_client_conn = 300
            {(dropsOptions ? "ignore_startup_parameters = extra_float_digits, options" : "")}
            """;
        var shell = Process.Start(new ProcessStartInfo("sh", ["-c", Script, "sh", Program, settings])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
        })!;
        var bouncer = new PgBouncer(shell, port);
        await bouncer.WhenOpenAsync(port);
        return bouncer;
    }

    private async Task WhenOpenAsync(int port)
    {
        using var late = new CancellationTokenSource(StartMax);
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port, late.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), late.Token);
            }
            catch
            {
                await DisposeAsync();
                throw;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }
}
