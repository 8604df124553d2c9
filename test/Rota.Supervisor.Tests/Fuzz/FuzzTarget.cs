using System.Text;
using Rota.Supervisor.Config;
using Rota.Supervisor.Rpc;
using Rota.Supervisor.Tests.Config;

namespace Rota.Supervisor.Tests.Fuzz;

/// <summary>A reader of what others write: it takes an input, or refuses it with its own exception.</summary>
/// <remarks>Each input is made from a seed and its number alone, so that one is repeated without those before it.
/// </remarks>
internal sealed class FuzzTarget
{
    private readonly Func<Random, string> _make;
    private readonly Action<string> _read;
    private readonly Func<Exception, bool> _isRefusal;

    private FuzzTarget(string name, Func<Random, string> make, Action<string> read, Func<Exception, bool> isRefusal) =>
        (Name, _make, _read, _isRefusal) = (name, make, read, isRefusal);

    public string Name { get; }

    /// <param name="folder">For the files of `conf`.</param>
    public static IReadOnlyList<FuzzTarget> All(string folder)
    {
        var file = Path.Combine(folder, "main.conf");
        return
        [
            new("ini", random => MaybeMutated(ConfigPieces, Pick(ConfigCases.Good, random), random),
                text => IniParser.Read(new IniFile(), "file", text), error => error is ConfigException),
            new("conf", random => MaybeMutated(ConfigPieces, Pick(ConfigCases.Good, random), random),
                text => Read(file, text), error => error is ConfigException),
            new("xml", random => RequestPieces.Of(GoodCall, random),
                text => XmlRpcReader.ReadCall(Encoding.UTF8.GetBytes(text)), error => error is FormatException),
            new("http", random => MaybeMutated(RequestPieces, GoodHead, random),
                text => HttpHead.Parse(text), error => error is HttpException),
        ];
    }

    /// <summary>Input number <paramref name="number"/> of this seed.</summary>
    public string Input(int seed, long number) => _make(new Random(HashCode.Combine(seed, number)));

    /// <summary>Null when the input was read or refused; else what went wrong.</summary>
    public Exception? Try(string input)
    {
        try
        {
            _read(input);
            return null;
        }
        catch (Exception error)
        {
            return _isRefusal(error) ? null : error;
        }
    }

    private static readonly string GoodHead = "POST /RPC2?a=%20b HTTP/1.1\r\nHost: localhost:9001\r\n"
        + "Content-Length: 120\r\nAuthorization: Basic bWU6dGhpc29uZQ==\r\nConnection: keep-alive";

    private static readonly string GoodCall = Encoding.UTF8.GetString(XmlRpcWriter.Call("supervisor.startProcess",
        ["cat", 1, true, new List<object?> { "x" }, new OrderedDictionary<string, object?> { ["a"] = 1.5 }]));

    public static Mutation ConfigPieces { get; } = new(
    [
        "\n", "\n", "\n", "\r\n", "\r", " ", "  ", "\t", "=", ":", ";", "#", " ;", " #", "[", "]", "[supervisord]",
        "[program:x]", "[DEFAULT]", "[include]\nfiles=", "%", "%%", "%(here)s", "%(ENV_HOME)s", "%(process_num)02d",
        "%(", ")s", "command=", "numprocs=2", "environment=", "process_name=", "'", "\"", "\\", "a", "B", "ä",
        "\u00a0", "\x1c", "\x00", "\u2028", "\ud800", "~", "*", "1", "-1", "99999999999999999999", ",", "user=root",
        "stdout_logfile=", "leftovers=", "allowed_hosts=", "[inet_http_server]\nport=", "[eventlistener:e]\nevents=",
    ]);

    public static Mutation RequestPieces { get; } = new(
    [
        "<", ">", "&", "&lt;", "&#0;", "&x;", "</", "<value>", "</value>", "<int>", "</int>", "<array><data>",
        "</data></array>", "<struct>", "<member>", "<name>", "</name>", "</member>", "</struct>", "<![CDATA[", "]]>",
        "<!--", "-->", "<?x?>", "<!DOCTYPE a>", "\0", "\ufffe", "é", "9", "-", ".", "\r\n", " ", "HTTP/1.1", "GET",
        "POST", "/RPC2", "Content-Length: 5", "Connection: close", ":", "%", "%zz", "/logtail/cat", "?", "#", "nil",
        "base64", "dateTime.iso8601", "boolean", "http://x/", "Transfer-Encoding: chunked",
    ]);

    private static string MaybeMutated(Mutation pieces, string good, Random random) =>
        random.Next(3) == 0 ? pieces.Text(random) : pieces.Of(good, random);

    private static string Pick(string[] texts, Random random) => texts[random.Next(texts.Length)];

    private static void Read(string file, string text)
    {
        File.WriteAllBytes(file, Encoding.UTF8.GetBytes(text));
        ConfigReader.Read(file);
    }
}
