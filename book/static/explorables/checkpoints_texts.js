// What one training of chapter 1 writes at each checkpoint: by benchmarks/samples_of_text.py, at temperature 0.7.
"use strict";
window.explorables.texts = {
 "seed": 20,
 "prompt": "def read_file(path):\n",
 "steps": {
  "0": " orstring Ai dagection=ad elif asYRILLICatekle\ufffd\u0001ap\ufffd\ufffd *\ufffd w bu asqujo\ufffdsizejoack elif willve\ufffdime      == pinfotle\ufffd])ate\ufffdREE except CYRILLIC__\ufffdet CAPITALfileffer^orteddi| read",
  "5": " orstring Ai dagedo=ad elif asYRILLICclosekle\ufffd\u0001__(\ufffd\ufffd *\ufffd w bu asqujo\ufffdsizejoack elif willve\ufffdime      == pinfotle\ufffd])ate\ufffdREE except CYRILLIC__\ufffdet CAPITALfileffer^orteddi| read",
  "7": " orstring Ai dagedo=ad elif asYRILLICatekle\ufffd\u0001__(\ufffd\ufffd *\ufffd w bu as'jo\ufffdsizejoack elif willve\ufffdime      == pinfotle\ufffd])ate\ufffdREE except CYRILLIC__\ufffdet CAPITALfileffer^orted to di read",
  "11": " orstring Ai dagedo=ad elif asYRILLICatekle(\u0001ro\ufffd\ufffd *\ufffd w bu as'jo\ufffdsizejoack elif    ve\ufffd`ixt p Atle\ufffd])ate\ufffdET except CYRILLIC__\ufffdet CAPITALfileffer^orted to di read",
  "16": " or if Ai dhION=ad en asYRILLICate bele( filero\ufffd\ufffd *\ufffd w bu as'jogesizejoackm    ve\ufffd`latt: AT ifroCf def except CYRILLIC__sn CAPITALfileffer^orted to dias",
  "24": " or if Ai d0IONs 0x as,ateri_( 0ro2\ufffd #F,',x':,\n       ame 0\n        =ve( #ret: AT    ro #fPc\n           (sn_file00Ipedr\n   as",
  "35": " or if Ai dage(stern asEFate be_(b4ter\ufffd *\ufffd, bu as' ansizeamerm    ve(me(t:eT    roatefss '\\ 0(s(_fileffertaortedr = read",
  "51": " or if Aimp,ION=fix if self,close\"_(bro2- *\ufffd, bu as eeted\n        # if elif =ve_meixt: AT     # # dess exceptC Es the CAPITAL\n00\n            if 00\n    read",
  "76": " or an Ai dhass = re as aatek_(se, t\ufffd:\n    '\\n as be @size.'     raiseIN9EET:\n        *ver))18PDC'FGs.008,    # a",
  "112": "   if Aimphctions_g as aate be_(None, tcs the wnc'\n             '\\namerm = if cal self.t:\n        self.]), deorhecss(None.0082ar = read",
  "165": "\ndef Aimphctions = reonates be_arbroter = *self, buct'\n             '\\n'):\n        raise\n                 return self.call:\n        self.\n\n        #  def dec__s(None.008,ed to dias",
  "243": " or an Aies to the seter. as a linek_taqueapter.\n#  buct'\n             '\\n'):\n        raise\n                 '\\n'\n                 '\\u'\n             '1:\n            except CYRILLIC SMALL LETTER the file(exped to dias",
  "358": "\ndef self._tage(s, reaccode(self._mbericing the was as beclufial = elif thes.me(t:\n        self.append(self.c = os.get_files = {Redistas",
  "528": "from(self, d, \"s, index, instance_tab, name, *Fome_e:\n            self.process = self.melattate(Tried, decode = self._s(s.008, z = read",
  "779": "from an Aimpage(s, re as as be_tabroutiling wor as e:\n            self.process = self.melatt:\n        self.\n\n        # Catc = self._get_file(exp)\n        return read",
  "1148": "fromType, dhargs= \"__ as aate betars are true * \"\"__')\n        return self.excm = self.tk.call:\n        self.getp[0] = self.get_file(self, zer,",
  "1693": "from(self.ishargs=None, as aate beenter. lire * the wor actions can be the dictionsves or       ':\n        delrove of the detas with the default\n# uped to dire",
  "2000": "from(self.ishargs=None, as a in the class abroutially the wor a first can be the dictionsves or       '\n                  '\\n'\n                   '   cheaders with the default types sorted to dict",
  "2496": "from(self._isp)\n\ndef as abase_tabrow-mod_source(self, flags):\n        \"\"\"Cormethods:\n            self.text.futheader(s):\n            if self.patch[0]",
  "2857": "from(self.ish(s, replace(sk_tag, name, *args, builtins,\n        # if not be same self.callback is not None:\n            self.check(s):\n                # Exyed to dire",
  "3680": "from(self.ision)\n\ndef assert_stream(b, name=None):\n    \"\"\"See can be the diction will be the dreting the decoding in \"   cheader__sn_filename__ {\" to dire",
  "3714": "from(self.get_douthttr, line=None):\n    return tkno.sys.eeve()\n    if not self._flate_posidecode(1)\n    except ValueError(self):\n        \"\"\"Seph to dire",
  "4571": "from_names(Code=5, as abase_tag, true):\n    worder':\n        self.process = self.methods:\n            self.text.find = self._sn_filename\n        self._r = read",
  "5426": "\ndef _imph(s, recates)\n    def _mit(self):\n        return actions, flags):\n        \"\"\"Comethods:\n            self.text.find_path(s):\n            if self.pop_lan",
  "5429": "\ndef _imph(s, recates)\n    def _mit(self):\n        return actions, flags):\n        \"\"\"Comethods:\n            self.text.find_path(s):\n            if self.pop_lan",
  "6286": "from_listies = [s]\n\n    assert in self._tagroundos = worder(self, fd):\n        raise TypeError(t):\n        self.text.find('Custom_file',\n        'cr'as",
  "7143": "\ndef _impt(self, recates=None):\n    return tks.ister(self, self._exc, other._fulars:\n                self.text = self.header(s):\n                if isinstance(p)\n            return read",
  "8000": "from_listimph(s, encoding, line=None):\n    return tks.ister(ee, flags):\n        raise TypeError(t):\n        self.text.get_header(sn, 'ffer'.  Tressh"
 }
};
