import SluiceCommands

SluiceProgram.exit(SluiceProgram.main(Array(CommandLine.arguments.dropFirst())))
