using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Rota.Supervisor.Client;
using Rota.Supervisor.Tests.Proof;
using Rota.Supervisor.Tests.Rpc;
using Xunit;

namespace Rota.Supervisor.Tests.Client;

/// <summary>What a script of commands cannot show: other ways to the daemon, following, the shell on a
/// terminal.</summary>
public partial class ClientTests
{
    private const int Interrupt = 2;

    private const string Cat = """
        [program:cat]
        command=cat
        startsecs=0
        autostart=false
        stdout_logfile=DIR/cat.log
        [program:dog]
        command=cat
        autostart=false
        [group:animals]
        programs=dog
        [supervisorctl]
        serverurl=unix://DIR/s.sock
        username=me
        password=thisone

        """;

    private const string Login = "username=me\npassword=thisone";

    [Theory]
    [InlineData("status")]
    [InlineData("-u me -p wrong status")]
    [InlineData("-p wrong start cat")]
    [InlineData("-s http://localhost:1 status")]
    [InlineData("-s http://localhost:1 -i shutdown")]
    [InlineData("-s unix:///not/there pid")]
    [InlineData("-s https://localhost:1 status")]
    public async Task Both_clients_say_the_same_of_a_server_that_does_not_let_them_in(string line)
    {
        await using var host = RpcHost.Start(Cat, Login);
        var config = Path.Combine(host.Folder, "main.conf");
        await using var client = new TheirClient();
        var theirs = await client.RunAsync(config, "n\n", line.Split(' '));
        var ours = await Programs.SupervisorctlAsync(Side.Ours, config, "n\n", line.Split(' '));
        Assert.Equal((Transcript.Plain(theirs.Output, host.Folder), theirs.ExitCode),
            (Transcript.Plain(ours.Output, host.Folder), ours.ExitCode));
    }

    [Theory]
    [InlineData("pid 7, uptime 1 day, 0:00:01, limit_cpu is not enforced", "limit_cpu is not enforced")]
    [InlineData("pid 7, uptime 1 day, 0:00:01", null)]
    [InlineData("", null)]
    public void A_limit_that_is_not_held_is_found_in_the_description(string description, string? words) =>
        Assert.Equal(words, ProcessInfo.UnenforcedOf(description));

    [Fact]
    public async Task Over_tcp_with_a_password_both_clients_and_python_reach_the_daemon()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        await using var host = RpcHost.Start(
            $"[inet_http_server]\nport=127.0.0.1:{port}\nusername=me\npassword=this one\n{Cat}");
        string[] line = ["-s", $"http://127.0.0.1:{port}", "-p", "this one", "status"];
        var config = Path.Combine(host.Folder, "main.conf");
        await using var client = new TheirClient();
        var theirs = await client.RunAsync(config, "", line);
        var ours = await Programs.SupervisorctlAsync(Side.Ours, config, "", line);
        Assert.StartsWith("animals:dog ", theirs.Output);
        Assert.Equal((theirs.Output, theirs.ExitCode), (ours.Output, ours.ExitCode));

        var python = await Programs.PythonAsync("-c", "import xmlrpc.client as x; "
            + $"print(x.ServerProxy('http://me:this%20one@127.0.0.1:{port}/RPC2').supervisor.getState())");
        Assert.Equal("{'statecode': 1, 'statename': 'RUNNING'}\n", python.Output);
    }

    [Fact]
    public async Task A_server_without_the_interface_is_told_apart()
    {
        await using var host = RpcHost.Start("[rpcinterface:other]\n"
            + "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
            + "[supervisorctl]\nserverurl=unix://DIR/s.sock\n", main: "other2");
        var config = Path.Combine(host.Folder, "main.conf");
        await using var client = new TheirClient();
        var theirs = await client.RunAsync(config, "", "version");
        Assert.Equal((theirs.Output, 3),
            await Programs.SupervisorctlAsync(Side.Ours, config, "", "version") is var ours
                ? (ours.Output, ours.ExitCode) : default);
    }

    [Theory]
    [InlineData("-z", "Error: option -z not recognized")]
    [InlineData("-s nothing status", "Error: invalid value for -s 'nothing': value 'nothing' is not a URL")]
    [InlineData("-u a -u b status", "Error: conflicting command line option '-u'")]
    public async Task A_wrong_command_line_is_said_and_ends_with_2(string line, string message)
    {
        using var folder = Folder.Make();
        var config = folder.Write("main.conf", "[supervisorctl]\n");
        var ran = await Programs.SupervisorctlAsync(Side.Ours, config, "", line.Split(' '));
        Assert.Equal((2, message), (ran.ExitCode, ran.Errors.Split('\n')[0]));
        Assert.Contains("For help, use ", ran.Errors);
    }

    [Fact]
    public async Task Tail_follows_until_it_is_interrupted()
    {
        await using var host = RpcHost.Start(Cat, Login);
        var log = Path.Combine(host.Folder, "cat.log");
        await File.WriteAllTextAsync(log, "before\n");
        var start = Programs.Command(Side.Ours, "supervisorctl",
            ["-c", Path.Combine(host.Folder, "main.conf"), "tail", "-f", "cat"]);
        start.RedirectStandardOutput = true;
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        using var client = Process.Start(start)!;
        Assert.Equal("==> Press Ctrl-C to exit <==", await client.StandardOutput.ReadLineAsync(deadline.Token));
        Assert.Equal("before", await client.StandardOutput.ReadLineAsync(deadline.Token));
        await File.AppendAllTextAsync(log, "ünd\n");
        Assert.Equal("ünd", await client.StandardOutput.ReadLineAsync(deadline.Token));
        _ = Kill(client.Id, Interrupt);
        Assert.Equal("\n", await client.StandardOutput.ReadToEndAsync(deadline.Token));
        await client.WaitForExitAsync(deadline.Token);
        Assert.Equal(0, client.ExitCode);
    }

    [Fact]
    public async Task The_foreground_sends_what_is_typed_and_shows_what_comes()
    {
        await using var host = RpcHost.Start(Cat, Login);
        await host.Supervisor.StartAsync("cat", wait: true);
        var start = Programs.Command(Side.Ours, "supervisorctl",
            ["-c", Path.Combine(host.Folder, "main.conf"), "fg", "cat"]);
        start.RedirectStandardOutput = start.RedirectStandardInput = true;
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        using var client = Process.Start(start)!;
        Assert.Equal("==> Press Ctrl-C to exit <==", await client.StandardOutput.ReadLineAsync(deadline.Token));
        await client.StandardInput.WriteLineAsync("meow");
        await client.StandardInput.FlushAsync(deadline.Token);
        Assert.Equal("meow", await client.StandardOutput.ReadLineAsync(deadline.Token));
        client.StandardInput.Close();
        Assert.Equal("Exiting foreground\n", await client.StandardOutput.ReadToEndAsync(deadline.Token));
    }

    [Fact]
    public async Task Tab_completes_commands_groups_and_processes()
    {
        await using var host = RpcHost.Start(Cat);
        var options = new ClientOptions { Server = host.Address, Prompt = "", Action = [] };
        var terminal = new Terminal(TextReader.Null, TextWriter.Null, TextWriter.Null, isInteractive: false);
        var shell = new Shell(new Controller(options, TextWriter.Null, terminal), terminal);
        Assert.Equal(["start ", "status "], await shell.CandidatesAsync("sta"));
        Assert.Equal(["maintail "], await shell.CandidatesAsync("help main"));
        Assert.Equal(["animals ", "cat "], await shell.CandidatesAsync("update "));
        Assert.Equal(["animals:dog ", "animals:* "], await shell.CandidatesAsync("start ani"));
        Assert.Equal(["cat "], await shell.CandidatesAsync("start animals:dog c"));
        Assert.Empty(await shell.CandidatesAsync("version "));
    }

    [Fact]
    public async Task The_shell_edits_completes_and_remembers_on_a_terminal()
    {
        await using var host = RpcHost.Start(Cat);
        // Types: a line with a mistake taken back and two Tabs; the line before; then the end.
        const string script = """
            import os, pty, sys
            pid, terminal = pty.fork()
            if pid == 0:
                os.execv(sys.argv[1], sys.argv[1:])
            seen = b""
            def until(text):
                global seen
                while text not in seen:
                    seen += os.read(terminal, 65536)
                seen = seen[seen.index(text) + len(text):]
            until(b"supervisor> ")
            os.write(terminal, b"starx\x7ft\tca\t\r")
            until(b"cat: started")
            until(b"supervisor> ")
            os.write(terminal, b"\x1b[A\r")
            until(b"cat: ERROR (already started)")
            until(b"supervisor> ")
            os.write(terminal, b"\x04")
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """;
        var command = Programs.Command(Side.Ours, "supervisorctl", ["-c", Path.Combine(host.Folder, "main.conf")]);
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", script, command.FileName, .. command.ArgumentList]);
        start.Environment["TERM"] = "xterm";
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        using var python = Process.Start(start)!;
        try
        {
            await python.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            python.Kill(entireProcessTree: true);
            throw;
        }
        Assert.Equal(0, python.ExitCode);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
