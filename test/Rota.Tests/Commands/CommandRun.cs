using Rota.Commands;
using Xunit;

namespace Rota.Tests.Commands;

/// <summary>Runs a command of the program in this process, with a folder and variables of its own.</summary>
public sealed class CommandRun : IDisposable
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("rota-cli-").FullName;

    public Dictionary<string, string> Variables { get; } = [];

    public string Input { get; set; } = "";

    public bool CanAsk { get; set; }

    public string Output => _out.ToString();

    public string Error => _error.ToString();

    internal Terminal Terminal => new()
    {
        Out = _out,
        Error = _error,
        Input = () => new StringReader(Input),
        CanAsk = CanAsk,
        ReadHidden = _ => Input,
        Variables = new Dictionary<string, string>(Variables) { ["XDG_CONFIG_HOME"] = Path.Combine(Folder, "config") },
        Folder = Folder,
    };

    public async Task<int> RunAsync(params string[] args)
    {
        _out.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        return await RotaCommand.RunAsync(args, Terminal, TestContext.Current.CancellationToken);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
