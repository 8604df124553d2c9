using System.Diagnostics;
using System.Text.Json.Nodes;
using Rota.Supervisor.Config;
using Xunit;

namespace Rota.Supervisor.Tests.Config;

/// <summary>The same files, read by supervisor's own options.py and by us.</summary>
public class ConfigReaderTests
{
    [Fact]
    public async Task What_supervisord_takes_means_the_same_here()
    {
        using var folder = Folder.Make();
        var paths = folder.WriteAll(ConfigCases.Good);
        var theirs = await DumpAsync(paths);
        for (var index = 0; index < paths.Count; index++)
        {
            Assert.True(theirs[index]["refused"] is null, $"{ConfigCases.Good[index]}\n{theirs[index]}");
            var ours = ConfigDump.Of(ConfigReader.Read(paths[index]));
            Assert.True(JsonNode.DeepEquals(Sorted(theirs[index]), Sorted(ours)),
                $"{ConfigCases.Good[index]}\ntheirs {Sorted(theirs[index])}\nours   {Sorted(ours)}");
        }
    }

    [Fact]
    public async Task What_supervisord_refuses_is_refused_in_one_line_that_names_the_place()
    {
        using var folder = Folder.Make();
        var paths = folder.WriteAll(ConfigCases.Bad);
        var theirs = await DumpAsync(paths);
        for (var index = 0; index < paths.Count; index++)
        {
            Assert.True(theirs[index]["refused"] is not null, $"supervisord takes\n{ConfigCases.Bad[index]}");
            var error = Record.Exception(() => ConfigReader.Read(paths[index]));
            Assert.True(error is ConfigException, $"{error?.ToString() ?? "taken"}\n{ConfigCases.Bad[index]}");
            Assert.Matches(@"^[^\n]+:\d+: [^\n]+; [^\n]+$", error!.Message);
        }
    }

    [Theory]
    [InlineData("[supervisord]\n[program:x]\ncomand=a\ncommand=a\n",
        ":3: [program:x] comand is no known option and ignored; did you mean command?")]
    [InlineData("[supervisord]\n[porgram:x]\ncommand=a\n",
        ":2: [porgram:x] is no known section and ignored; did you mean [program:x]?")]
    [InlineData("[supervisord]\n[program:x]\ncommand=a #b\n",
        ":3: all from '#b' on is a comment; write ' ;' before a comment, no blank before a '#'")]
    [InlineData("[supervisord]\n[program:x]\ncommand=sh -c 'a ; b'\n",
        ":3: the value is cut inside quotes, at \"; b'\"; write no blank before the ';'")]
    [InlineData("[supervisord]\n[inet_http_server]\nport=9001\n",
        ":3: [inet_http_server] port lets everyone who reaches this machine run programs on it; "
        + "write 127.0.0.1: before the port, or username and password")]
    [InlineData("[supervisord]\n[include]\nfiles=none/*.conf\n",
        ":3: [include] files matches nothing: HERE/none/*.conf")]
    public void What_supervisord_ignores_is_a_warning_with_its_place(string text, string warning)
    {
        using var folder = Folder.Make();
        var path = folder.Write("main.conf", text);
        var warnings = ConfigReader.Read(path).Warnings;
        Assert.Equal(path + warning.Replace("HERE", folder.Path), Assert.Single(warnings));
    }

    [Theory]
    [InlineData("[supervisord]\n[program:web]\ncommand=a\nstartsecs=soon\n",
        ":4: [program:web] startsecs 'soon' is no whole number; write digits only, for example 10")]
    [InlineData("[supervisord]\n[program:web]\ncommand=%(programname)s\n",
        ":3: [program:web] command has the unknown name 'programname' in '%(programname)s'; write one of group_name, "
        + "here, host_node_name, numprocs, process_num, program_name, ENV_NAME of the daemon's environment, or %% for "
        + "a percent "
        + "sign")]
    [InlineData("[supervisord]\npidfile= ;/tmp/x.pid\n",
        ":2: [supervisord] pidfile is empty; write a path, or leave the option out")]
    [InlineData("[supervisord]\n[unix_http_server]\nfile=\n",
        ":3: [unix_http_server] file is missing; write file=/run/supervisor.sock")]
    [InlineData("[supervisord]\n[program:web]\n\n",
        ":2: [program:web] command is missing; write command= with a program "
        + "and its arguments")]
    [InlineData("[supervisord]\n[program:web]\ncommand=date +%s\n", ":3: [program:web] command has '%s', which is no "
        + "expansion; write %(name)s, %(process_num)02d, or %% for a percent sign")]
    [InlineData("[supervisord]\n[program:web]\ncommand=a\0b\n",
        ":3: [program:web] command has a letter with the number 0; delete it")]
    [InlineData("[supervisord]\n[fcgi-program:f\0]\ncommand=a\nsocket=unix:///%(program_name)s\n",
        ":2: a section's name has a letter with the number 0; delete it")]
    [InlineData("[supervisord]\nleftovers=keep\n",
        ":2: [supervisord] leftovers 'keep' is nothing to do with leftovers; write report, stop or adopt")]
    [InlineData("[supervisord]\n[program:web]\ncommand=a\nprocess_name=%(process_num)d\nnumprocs=99999999\n",
        ":5: [program:web] numprocs 99999999 is too many; write at most 20000")]
    public void An_error_says_where_what_and_what_to_write(string text, string message)
    {
        using var folder = Folder.Make();
        var path = folder.Write("main.conf", text);
        var error = Assert.Throws<ConfigException>(() => ConfigReader.Read(path));
        Assert.Equal(path + message, error.Message);
    }

    [Fact]
    public void The_command_line_stands_above_the_file()
    {
        using var folder = Folder.Make();
        var path = folder.Write("main.conf", "[supervisord]\nloglevel=debug\numask=077\nidentifier=file\n");
        var daemon = ConfigReader.Read(path, DaemonOptions.Parse(["-n", "-e", "warn", "--ident=line"])).Daemon;
        Assert.Equal((LogLevel.Warn, Values.Octal("077"), "line", true),
            (daemon.LogLevel, daemon.Umask, daemon.Identifier, daemon.NoDaemon));
    }

    [Fact]
    public void The_sample_is_a_file_that_both_read_and_whose_defaults_are_the_defaults()
    {
        using var folder = Folder.Make();
        var sample = folder.Write("sample.conf", SampleConfig.Text());
        var bare = folder.Write("bare.conf", "[supervisord]\n");
        var read = ConfigReader.Read(sample);
        Assert.Equal(ConfigReader.Read(bare).Daemon, read.Daemon);
        Assert.Empty(read.Warnings);
        Assert.Equal(["supervisor"], read.Interfaces);
        Assert.Equal("unix:///tmp/supervisor.sock", read.Control!.ServerUrl);

        var everything = folder.Write("all.conf", SampleConfig.Text().Replace("\n;[", "\n[")
            .Replace("\n;command=", "\ncommand=").Replace("\n;events=", "\nevents=").Replace("\n;socket=", "\nsocket=")
            .Replace("\n;port=", "\nport=").Replace("\n[include]", "").Replace("\n[group:site]", ""));
        var groups = ConfigReader.Read(everything).Groups;
        var program = groups.Single(group => group.Kind == GroupKind.Programs).Processes[0];
        Assert.Equal(new ProcessConfig { Name = "web", Command = "/bin/cat", Arguments = ["/bin/cat"] }, program);
    }

    private static async Task<List<JsonObject>> DumpAsync(IReadOnlyList<string> paths)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Config", "dump.py");
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await python.StandardInput.WriteAsync(string.Join('\n', paths));
        python.StandardInput.Close();
        var output = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(paths.Count, lines.Length);
        return lines.Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject item => new JsonObject(item.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node is null ? null : JsonNode.Parse(node.ToJsonString()),
    };
}
