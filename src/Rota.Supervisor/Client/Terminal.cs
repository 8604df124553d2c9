using System.Runtime.InteropServices;

namespace Rota.Supervisor.Client;

/// <summary>Standard input and output, which may be a terminal or not.</summary>
internal sealed class Terminal(TextReader input, TextWriter output, TextWriter errors, bool isInteractive)
{
    private readonly LineEditor? _editor = isInteractive ? new LineEditor(output) : null;

    public static Terminal OfProcess(TextWriter output)
    {
        var isTerminal = !Console.IsInputRedirected && !Console.IsOutputRedirected;
        return new(Console.In, output, Console.Error, isTerminal);
    }

    public LineEditor? Editor => _editor;

    /// <exception cref="EndOfStreamException">There is no more input.</exception>
    public async Task<string> AskAsync(string question)
    {
        Print(question);
        return await ReadLineAsync(CancellationToken.None) ?? throw new EndOfStreamException();
    }

    public async Task<string> AskSecretAsync(string question)
    {
        if (_editor is null)
            return await AskAsync(question);
        Print(question);
        return _editor.ReadSecret() ?? throw new EndOfStreamException();
    }

    /// <summary>Null at the end of the input.</summary>
    /// <remarks>On a thread of its own: the console's reader blocks whatever it promises, and Ctrl-C is to end the
    /// wait.</remarks>
    public Task<string?> ReadLineAsync(CancellationToken stop) =>
        Task.Run(input.ReadLine, CancellationToken.None).WaitAsync(stop);

    public void Print(string text)
    {
        lock (output)
        {
            output.Write(text);
            output.Flush();
        }
    }

    public void Complain(string text)
    {
        errors.Write(text + "\n");
        errors.Flush();
    }

    /// <summary>Calls back at Ctrl-C instead of ending, until disposed.</summary>
    public IDisposable OnInterrupt(Action callback) => PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
    {
        signal.Cancel = true;
        callback();
    });
}
